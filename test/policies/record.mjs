// SPDX-License-Identifier: GPL-2.0-only
// `node test/policies/record.mjs RESULT.jsonl`: keeps what a running Linux said of the programs here as guest.jsonl.
// RESULT.jsonl has one object a program: object, program, verdict, errno, message, kernel, processed_insns, and `poisoned` where libbpf
// had to leave a call of a missing kfunc in it; such programs are left out, since their message is libbpf's and not the kernel's.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: record.mjs RESULT.jsonl');
  process.exit(2);
}
const rows = readFileSync(source, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const kept = rows
  .filter((r) => r.poisoned !== true)
  .map(({ object, program, verdict, errno, message, processed_insns, kernel }) => ({
    object,
    program,
    verdict,
    errno,
    message,
    processed_insns,
    kernel,
  }))
  .sort((a, b) => (a.object + a.program < b.object + b.program ? -1 : 1));
writeFileSync(path.join(import.meta.dirname, 'guest.jsonl'), kept.map((r) => `${JSON.stringify(r)}\n`).join(''));
console.log(`${kept.length} of ${rows.length} programs kept`);
