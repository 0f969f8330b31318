// SPDX-License-Identifier: GPL-2.0-only
/** Archives as `ar` writes them, in both ways to write names. */

const encoder = new TextEncoder();

export function archiveOf(
  members: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  style: 'system-v' | 'bsd',
): Uint8Array {
  const parts: Uint8Array[] = [encoder.encode('!<arch>\n')];
  const add = (field: string, bytes: Uint8Array): void => {
    parts.push(
      encoder.encode(
        `${field.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`,
      ),
    );
    parts.push(bytes);
    if (bytes.length % 2 === 1) parts.push(encoder.encode('\n'));
  };
  if (style === 'bsd') {
    add('__.SYMDEF SORTED', new Uint8Array(8));
    for (const { name, bytes } of members) {
      const encoded = encoder.encode(name);
      const padded = new Uint8Array(Math.ceil(encoded.length / 4) * 4 + 4);
      padded.set(encoded);
      add(`#1/${padded.length}`, new Uint8Array([...padded, ...bytes]));
    }
  } else {
    add('/', new Uint8Array(4));
    const long = members.filter(({ name }) => name.length > 15);
    let table = '';
    const offsets = new Map(
      long.map(({ name }) => {
        const at = table.length;
        table += `${name}/\n`;
        return [name, at] as const;
      }),
    );
    if (table !== '') add('//', encoder.encode(table));
    for (const { name, bytes } of members) add(offsets.has(name) ? `/${offsets.get(name)!}` : `${name}/`, bytes);
  }
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    out.set(part, at);
    return at + part.length;
  }, 0);
  return out;
}
