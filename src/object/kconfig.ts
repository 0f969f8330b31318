// SPDX-License-Identifier: GPL-2.0-only
/** Contents of the `.kconfig` map. Rules: `tools/lib/bpf/libbpf.c: bpf_object__process_kconfig_line`. */
import { LoadFailure } from './failure';
import type { ObjectKernel } from './object-kernel';
import type { Extern } from './model';
import { putNumber } from './numbers';

type Kconfig = Extract<Extern['what'], { kind: 'kconfig' }>;

/** `enum libbpf_tristate`. */
const TRISTATE: Readonly<Record<string, number>> = { n: 0, y: 1, m: 2 };
const encoder = new TextEncoder();

/** The `.kconfig` map's contents, and the externs that got no value. */
export interface KconfigContents {
  readonly contents: Uint8Array;
  readonly failed: ReadonlyMap<Extern, LoadFailure>;
}

/** Fills in all configuration externs; values that do not fit and strong externs without value are failures of their own. */
export function kconfigContents(externs: readonly Extern[], kernel: ObjectKernel, size: number, littleEndian = true): KconfigContents {
  const contents = new Uint8Array(size);
  const failed = new Map<Extern, LoadFailure>();
  for (const extern of externs) {
    if (extern.what.kind !== 'kconfig') continue;
    try {
      setValue(contents, extern, extern.what, kernel, littleEndian);
    } catch (error) {
      if (!(error instanceof LoadFailure)) throw error;
      failed.set(extern, error);
    }
  }
  return { contents, failed };
}

function setValue(contents: Uint8Array, extern: Extern, what: Kconfig, kernel: ObjectKernel, littleEndian: boolean): void {
  if (!extern.name.startsWith('CONFIG_')) {
    setNumber(contents, extern, what, virtualValue(extern, kernel), littleEndian);
    return;
  }
  const text = kernel.config.get(extern.name);
  if (text === undefined) {
    if (!extern.weak) {
      throw new LoadFailure(`extern '${extern.name}' (strong): not resolved`, '', null, { what: 'config', name: extern.name });
    }
  } else if (text.startsWith('y') || text.startsWith('n') || text.startsWith('m')) {
    setTristate(contents, extern, what, text[0]!, littleEndian);
  } else if (text.startsWith('"')) {
    setText(contents, extern, what, text);
  } else {
    setNumber(contents, extern, what, parseNumber(extern, what, text), littleEndian);
  }
}

/** Values that libbpf makes up instead of reading them from the configuration. */
function virtualValue(extern: Extern, kernel: ObjectKernel): bigint {
  switch (extern.name) {
    case 'LINUX_KERNEL_VERSION':
      return BigInt(kernel.kernelVersion);
    case 'LINUX_HAS_BPF_COOKIE':
    case 'LINUX_HAS_SYSCALL_WRAPPER':
      return 1n;
    default:
      if (extern.name.startsWith('LINUX_') && extern.weak) {
        return 0n;
      }
      throw new LoadFailure(`extern (kcfg) '${extern.name}': unrecognized virtual extern`);
  }
}

function setTristate(contents: Uint8Array, extern: Extern, what: Kconfig, value: string, littleEndian: boolean): void {
  if (what.type === 'bool' && value !== 'm') {
    contents[what.offset] = value === 'y' ? 1 : 0;
  } else if (what.type === 'tristate') {
    putNumber(contents.subarray(what.offset, what.offset + what.size), BigInt(TRISTATE[value]!), littleEndian);
  } else if (what.type === 'char') {
    contents[what.offset] = value.charCodeAt(0);
  } else {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${value}' implies bool, tristate, or char type`);
  }
}

function setText(contents: Uint8Array, extern: Extern, what: Kconfig, text: string): void {
  if (what.type !== 'chars') {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${text}' implies char array type`);
  }
  if (text.length < 2 || !text.endsWith('"')) {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': invalid string config '${text}'`);
  }
  contents.set(encoder.encode(text.slice(1, -1)).subarray(0, what.size - 1), what.offset);
}

function parseNumber(extern: Extern, what: Kconfig, text: string): bigint {
  const match = /^(-?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)$/i.exec(text);
  if (match === null) {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${text}' isn't a valid integer`);
  }
  if (what.type !== 'int' && what.type !== 'char') {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${text}' implies integer type`);
  }
  const digits = match[2]!;
  const magnitude = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return BigInt.asUintN(64, match[1] === '-' ? -magnitude : magnitude);
}

function setNumber(contents: Uint8Array, extern: Extern, what: Kconfig, value: bigint, littleEndian: boolean): void {
  if (what.type !== 'int' && what.type !== 'char' && what.type !== 'bool') {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${value}' implies integer, char, or boolean type`);
  }
  if (what.type === 'bool' && value > 1n) {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${value}' isn't boolean compatible`);
  }
  const bits = what.size * 8;
  const fits = what.signed ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) === value : BigInt.asUintN(bits, value) === value;
  if (!fits) {
    throw new LoadFailure(`extern (kcfg) '${extern.name}': value '${value}' doesn't fit in ${what.size} bytes`);
  }
  putNumber(contents.subarray(what.offset, what.offset + what.size), value, littleEndian);
}
