// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether the kernel would take a program's BTF (`BPF_BTF_LOAD`). A loader goes on without BTF if not, and programs are
 * then verified without function and line information. Rules: `kernel/bpf/btf.c: btf_parse`.
 */
import { UNBOUNDED, type Spend } from './budget';
import { checkHeader } from './accept/header';
import { BtfImage, Objection } from './accept/image';
import { checkType } from './accept/meta';
import { TypeResolver } from './accept/resolve';

/** `BTF_MAX_SIZE`. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Why the kernel refuses BTF. */
export interface BtfRefusal {
  /** The line of its log that says why. */
  readonly line: string;
  /** The line before it that says which type a member or variable belongs to, or null. */
  readonly of: string | null;
}

/** What the kernel objects to first in BTF as it is handed over, or null if it takes it. Special fields of structs are not looked at. */
export function kernelObjection(bytes: Uint8Array, spend: Spend = UNBOUNDED): BtfRefusal | null {
  try {
    check(bytes, spend);
    return null;
  } catch (error) {
    if (error instanceof Objection) {
      return { line: error.message, of: error.of };
    }
    throw error;
  }
}

function check(bytes: Uint8Array, spend: Spend): void {
  if (bytes.length > MAX_BYTES) {
    throw new Objection(`larger than ${MAX_BYTES} bytes`);
  }
  const { length, types, strings } = checkHeader(bytes);
  if (types.offset % 4 !== 0) {
    throw new Objection('Unaligned type_off');
  }
  if (types.length === 0) {
    throw new Objection('No type found');
  }
  const text = bytes.subarray(length + strings.offset, length + strings.offset + strings.length);
  const image = new BtfImage(bytes, text);
  const from = length + types.offset;
  const end = from + types.length;
  for (let at = from; at < end;) {
    const checked = checkType(image, at, end - at);
    spend(checked);
    at += checked;
  }
  spend(types.length);
  new TypeResolver(image).checkAll();
}
