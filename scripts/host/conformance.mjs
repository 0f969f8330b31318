// SPDX-License-Identifier: GPL-2.0-only
// Conformance in continuous integration: verifies the recorded corpora with the built command line and compares with the kernel's
// verdicts. Fails when a figure falls below its floor in test/conformance/floors.json, which only ever rise.
// usage: conformance.mjs ARCHIVES   (a folder with an `unpack` script)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './ensure.mjs';

const archives = process.argv[2];
const floors = JSON.parse(readFileSync(path.join(ROOT, 'test/conformance/floors.json'), 'utf8'));
const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-corpus-'));
const count = { passed: 0, failed: 0, skipped: 0, notes: [] };

const rows = (text) => text.split('\n').filter(Boolean).map((l) => JSON.parse(l));
const last = (m) => (m ?? '').trimEnd().split('\n').pop().trim();
const share = (a, b) => (b === 0 ? 100 : (100 * a) / b);

function figures(truth, ours) {
  const byKey = new Map(ours.map((r) => [`${r.object}\0${r.program}`, r]));
  const c = { counted: 0, agree: 0, falseAccept: 0, open: 0, rejects: 0, message: 0, insnOf: 0, insn: 0, processed: 0 };
  const wrong = [];
  for (const t of truth) {
    if (!['accept', 'reject'].includes(t.verdict) || t.guessed_maps || t.guessed_type) continue;
    c.counted++;
    const o = byKey.get(`${t.object}\0${t.program}`);
    if (o === undefined || o.verdict === 'unknown' || o.verdict === 'error') {
      c.open++;
      wrong.push(`${t.object} ${t.program}: ${o?.verdict ?? 'missing'} ${o?.reason ?? o?.message ?? ''}`);
      continue;
    }
    if (o.verdict !== t.verdict) {
      if (o.verdict === 'accept') c.falseAccept++;
      wrong.push(`${t.object} ${t.program}: kernel ${t.verdict} (${last(t.message)}), ours ${o.verdict} (${last(o.message)})`);
      continue;
    }
    c.agree++;
    if (o.processedInsns === t.processed_insns) c.processed++;
    if (t.verdict === 'reject') {
      c.rejects++;
      if (last(o.message) === last(t.message)) c.message++;
      if (t.insn != null) {
        c.insnOf++;
        if (o.insn === t.insn) c.insn++;
      }
    }
  }
  return {
    figures: {
      verdict: share(c.agree, c.counted),
      notFalseAccept: 100 - share(c.falseAccept, c.counted),
      decided: 100 - share(c.open, c.counted),
      message: share(c.message, c.rejects),
      insn: share(c.insn, c.insnOf),
      processed: share(c.processed, c.agree),
    },
    counted: c.counted,
    wrong,
  };
}

try {
  const unpacked = spawnSync('bash', [path.join(archives, 'unpack'), temp], { encoding: 'utf8' });
  if (unpacked.status !== 0) throw new Error(`the corpora could not be unpacked: ${unpacked.stderr}`);
  for (const [set, limits] of Object.entries(floors)) {
    const folder = path.join(temp, set);
    if (!existsSync(folder)) {
      count.skipped++;
      count.notes.push(`${set} is not among the corpora`);
      continue;
    }
    const objects = readdirSync(path.join(folder, 'objects')).map((f) => path.join(folder, 'objects', f));
    const started = Date.now();
    const run = spawnSync(process.execPath, [path.join(ROOT, 'dist/cli.cjs'), 'check', '--format', 'jsonl', '--timeout', '60', ...objects], { encoding: 'utf8', maxBuffer: 1 << 30 });
    const got = figures(rows(readFileSync(path.join(folder, 'truth.jsonl'), 'utf8')), rows(run.stdout));
    console.log(`${set}: ${got.counted} programs in ${((Date.now() - started) / 1000).toFixed(0)} s`);
    for (const [name, floor] of Object.entries(limits)) {
      const value = got.figures[name];
      const ok = value >= floor;
      console.log(`  ${ok ? 'ok  ' : 'FAIL'} ${name} ${value.toFixed(2)} % (floor ${floor} %)`);
      if (ok) count.passed++;
      else count.failed++;
    }
    if (got.wrong.length > 0) console.log(`  known gaps and disagreements (docs/parity.md):\n${got.wrong.slice(0, 60).map((w) => `    ${w}`).join('\n')}`);
  }
} finally {
  rmSync(temp, { recursive: true, force: true });
}
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(count));
process.exit(count.failed > 0 ? 1 : 0);
