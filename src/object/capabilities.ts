// SPDX-License-Identifier: GPL-2.0-only
/** What the loader of a program is allowed to. */

/** A capability that loading a program can ask for, without its `CAP_`. */
export type Capability = 'BPF' | 'PERFMON' | 'NET_ADMIN' | 'SYS_ADMIN';

/** Whether each is held, as `bpf_token_capable` (`kernel/bpf/token.c`) judges: CAP_SYS_ADMIN counts as any of them. */
export interface Capabilities {
  readonly bpf: boolean;
  readonly perfmon: boolean;
  readonly netAdmin: boolean;
  readonly sysAdmin: boolean;
}

/** What a loader may: everything, or, without privileges, what it keeps. */
export function capabilitiesOf(loader: { readonly unprivileged: boolean; readonly keeps?: readonly Capability[] }): Capabilities {
  const sysAdmin = !loader.unprivileged || loader.keeps?.includes('SYS_ADMIN') === true;
  const has = (name: Capability): boolean => sysAdmin || loader.keeps?.includes(name) === true;
  return { bpf: has('BPF'), perfmon: has('PERFMON'), netAdmin: has('NET_ADMIN'), sysAdmin };
}
