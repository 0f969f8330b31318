// SPDX-License-Identifier: GPL-2.0-only
/**
 * Verifies one object or program of a corpus set and compares with what the kernel said: `npx tsx scripts/try.ts SET_DIR OBJECT [PROGRAM]`.
 */
import { join } from 'node:path';
import { CorpusRunner } from './corpus/run';
import type { Program } from '../src/object/program';
import { comparableLines } from './corpus/logdiff';
import { kernelLog, lastLine, readRows, type Truth } from './corpus/truth';
import { VERIFIED_KERNEL } from '../src/kernel/releases';
import { scriptArgs } from './options';

const { values, positionals } = scriptArgs(
  {
    usage: ['npx tsx scripts/try.ts SET_DIR OBJECT [PROGRAM] [options]'],
    about: 'Verifies one object or program of a corpus set and compares with what the kernel said.',
    positionals: [2, 3],
  },
  {
    log: { type: 'boolean', default: false, help: 'print our log' },
    diff: { type: 'boolean', default: false, help: 'print where our log begins to differ' },
    context: { type: 'string', value: 'N', default: '6', help: 'lines around a difference (default 6)' },
    level: { type: 'string', value: 'N', default: '', help: 'level of the log (default 6 with --log or --diff, else 0)' },
  },
);
const [setDir = '', objectArg = '', program] = positionals;
const wantsLog = values.log;
const wantsDiff = values.diff;
const context = Number(values.context);
const logLevel = values.level !== '' ? Number(values.level) : wantsLog || wantsDiff ? 6 : 0;
const object = objectArg.endsWith('.o') ? objectArg : `${objectArg}.bpf.o`;

const runner = new CorpusRunner(setDir);
const truth = readRows<Truth>(join(setDir, 'truth.jsonl')).filter((t) => t.object === object);
const loaded = runner.load(object);
for (const t of truth) {
  if (program !== undefined && t.program !== program) continue;
  const prog = loaded.programs.find((p) => p.name === t.program);
  if (prog === undefined) {
    console.log(`${t.program}: not loaded: ${loaded.failed.find((f) => f.name === t.program)?.message ?? ''} (kernel: ${t.verdict})`);
    continue;
  }
  const cpu = process.cpuUsage();
  const r = runner.run(prog, { timeoutS: 60, logLevel, policy: VERIFIED_KERNEL.policy, unprivileged: false });
  if (r === null) {
    console.log(`${t.program}: timeout`);
    continue;
  }
  const last = r.message.at(-1) ?? '';
  const parts = [
    r.verdict === t.verdict ? `${r.verdict} ok` : `${r.verdict} BUT KERNEL ${t.verdict}`,
    r.reason === null ? '' : `reason: ${r.reason}`,
    t.verdict === 'reject' && last.trim() !== lastLine(t.message) ? `\n    kernel: ${lastLine(t.message)}\n    ours:   ${last}` : '',
    t.verdict === 'reject' && r.insn !== t.insn ? `insn ${r.insn} (kernel ${t.insn})` : '',
    r.processedInsns === t.processed_insns ? '' : `processed ${r.processedInsns} (kernel ${t.processed_insns})`,
    r.totalStates === t.total_states ? '' : `states ${r.totalStates} (kernel ${t.total_states})`,
    r.peakStates === t.peak_states ? '' : `peak ${r.peakStates} (kernel ${t.peak_states})`,
    r.maxStatesPerInsn === t.max_states_per_insn ? '' : `per insn ${r.maxStatesPerInsn} (kernel ${t.max_states_per_insn})`,
    `${r.timeUs} us (CPU ${process.cpuUsage(cpu).user} us)`,
  ];
  console.log(`${t.program}: ${parts.filter((p) => p !== '').join(', ')}`);
  if (wantsLog) process.stdout.write(r.log);
  if (wantsDiff) showDiff(kernelLog(setDir, object, t.program), r.log, prog);
}

/** Prints the first place where the logs differ. */
function showDiff(theirs: string | null, ours: string, prog: Program): void {
  if (theirs === null) {
    console.log('  (no kernel log)');
    return;
  }
  const a = comparableLines(theirs, prog);
  const b = comparableLines(ours, prog);
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find((i) => a[i] !== b[i]);
  if (at === undefined) {
    console.log('  logs agree');
    return;
  }
  for (let i = Math.max(0, at - context); i < at; i++) console.log(`    ${a[i] ?? ''}`);
  for (let i = at; i < at + context; i++) console.log(`  - ${a[i] ?? '(end)'}`);
  for (let i = at; i < at + context; i++) console.log(`  + ${b[i] ?? '(end)'}`);
}
