// SPDX-License-Identifier: GPL-2.0-only
/**
 * Modules built outside the kernel tree carry BTF that is split against a distilled base: the few types of vmlinux that they use, by name.
 * The kernel rewrites such BTF when it loads the module (`tools/lib/bpf/btf_relocate.c`); so does this, for blobs
 * taken from the module file. The distilled base itself is not part of such a blob, so its type names are listed in
 * `distilled-bases.json`, in id order; sizes of string tables and references prove the list.
 */
import { Kind, type Btf } from '../../src/btf/types';
import bases from './distilled-bases.json';

const BASES: Readonly<Record<string, readonly string[]>> = bases;
const BASE_KINDS = [Kind.INT, Kind.FLOAT, Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64, Kind.FWD];

interface Header {
  readonly typeStart: number;
  readonly typeEnd: number;
  readonly stringStart: number;
  readonly stringLength: number;
}

function header(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(4, true);
  const typeStart = size + view.getUint32(8, true);
  return {
    typeStart,
    typeEnd: typeStart + view.getUint32(12, true),
    stringStart: size + view.getUint32(16, true),
    stringLength: view.getUint32(20, true),
  };
}

/** Calls back for every type reference and every string offset of a blob, with its byte position. */
function visit(bytes: Uint8Array, onType: (at: number) => void, onString: (at: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { typeStart, typeEnd } = header(bytes);
  for (let at = typeStart; at < typeEnd;) {
    const info = view.getUint32(at + 4, true);
    const kind: Kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    onString(at);
    const each = (size: number, name: number, type: number): void => {
      for (let i = 0; i < count; i++) {
        if (name >= 0) onString(at + 12 + i * size + name);
        if (type >= 0) onType(at + 12 + i * size + type);
      }
      at += 12 + count * size;
    };
    switch (kind) {
      case Kind.INT:
        at += 16;
        break;
      case Kind.ARRAY:
        onType(at + 12);
        onType(at + 16);
        at += 24;
        break;
      case Kind.STRUCT:
      case Kind.UNION:
        each(12, 0, 4);
        break;
      case Kind.ENUM:
        each(8, 0, -1);
        break;
      case Kind.ENUM64:
        each(12, 0, -1);
        break;
      case Kind.FUNC_PROTO:
        onType(at + 8);
        each(8, 0, 4);
        break;
      case Kind.DATASEC:
        each(12, -1, 0);
        break;
      case Kind.VAR:
      case Kind.DECL_TAG:
        onType(at + 8);
        at += 16;
        break;
      case Kind.FWD:
      case Kind.FLOAT:
        at += 12;
        break;
      default:
        onType(at + 8);
        at += 12;
    }
  }
}

/**
 * The module's BTF as split BTF on top of vmlinux: the blob itself if it is that already. Throws if its distilled base is not listed or
 * the list does not fit.
 */
export function relocateModule(name: string, bytes: Uint8Array, vmlinux: Btf, vmlinuxBytes: Uint8Array): Uint8Array {
  const base = header(vmlinuxBytes);
  const baseStrings = vmlinuxBytes.subarray(base.stringStart, base.stringStart + base.stringLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let beyondBase = false;
  visit(
    bytes,
    () => undefined,
    (at) => {
      beyondBase ||= view.getUint32(at, true) >= base.stringLength;
    },
  );
  if (beyondBase) return bytes;
  const names = BASES[name];
  if (!names) throw new Error(`${name}: its BTF needs a distilled base that is not listed`);

  const encoder = new TextEncoder();
  const nameOffsets = new Map<number, string>();
  let distilledStrings = 1;
  for (const n of names) {
    nameOffsets.set(distilledStrings, n);
    distilledStrings += encoder.encode(n).length + 1;
  }
  const ids = names.map((n) => {
    const found = BASE_KINDS.flatMap((kind) => vmlinux.idsByName(n, kind));
    if (found[0] === undefined) throw new Error(`${name}: vmlinux has no type '${n}'`);
    return found[0];
  });
  const stringOffset = (text: string): number => {
    const at = Buffer.from(baseStrings.buffer, baseStrings.byteOffset, baseStrings.byteLength).indexOf(`\0${text}\0`, 0, 'utf8');
    if (at < 0) throw new Error(`${name}: vmlinux has no string '${text}'`);
    return at + 1;
  };

  const out = bytes.slice();
  const patch = new DataView(out.buffer, out.byteOffset, out.byteLength);
  const firstOwn = names.length + 1;
  const { stringLength } = header(bytes);
  visit(
    out,
    (at) => {
      const id = patch.getUint32(at, true);
      if (id !== 0) patch.setUint32(at, id < firstOwn ? ids[id - 1]! : id - firstOwn + vmlinux.endId, true);
    },
    (at) => {
      const offset = patch.getUint32(at, true);
      if (offset === 0) return;
      if (offset >= distilledStrings) {
        if (offset - distilledStrings >= stringLength)
          throw new Error(`${name}: string offset ${offset} out of range; the listed base does not fit`);
        patch.setUint32(at, offset - distilledStrings + base.stringLength, true);
        return;
      }
      const text = nameOffsets.get(offset);
      if (text === undefined) throw new Error(`${name}: no listed type name at string offset ${offset}`);
      patch.setUint32(at, stringOffset(text), true);
    },
  );
  return out;
}
