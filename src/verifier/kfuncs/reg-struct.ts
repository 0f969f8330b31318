// SPDX-License-Identifier: GPL-2.0-only
/** Registers that stand for a kernel struct without carrying BTF (`reg2btf_ids`). */
import { RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { kernelStruct } from './params';

const STRUCTS: readonly (readonly [RegType, string])[] = [
  [RegType.CONST_PTR_TO_MAP, 'bpf_map'],
  [RegType.PTR_TO_SOCKET, 'sock'],
  [RegType.PTR_TO_SOCK_COMMON, 'sock_common'],
  [RegType.PTR_TO_TCP_SOCK, 'tcp_sock'],
];

/** Struct id in the kernel's BTF that a base type stands for, -1 if none. */
export function structOfRegType(env: VerifierEnv, base: number): number {
  const name = STRUCTS.find(([type]) => type === base)?.[1];
  return name === undefined ? -1 : kernelStruct(env, name);
}

/** Base type that stands for a struct of the kernel, NOT_INIT if none (`lookup_reg2btf_ids`). */
export function regTypeOfStruct(env: VerifierEnv, id: number): RegType {
  return STRUCTS.find(([, name]) => kernelStruct(env, name) === id)?.[0] ?? RegType.NOT_INIT;
}
