// SPDX-License-Identifier: GPL-2.0-only
/** Asks the kernel of a guest about objects, and reads its answers. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cpio } from './cpio';

/** A guest that says nothing for so long is given up, milliseconds. */
const MOST_MS = 50 * 60_000;

/** A row of a corpus, with the log that it was read from. */
export interface Row {
  readonly object: string;
  readonly program: string;
  readonly section: string;
  readonly prog_flags: number;
  readonly verdict: 'accept' | 'reject' | 'not_verified' | 'open_error';
  readonly stage: string;
  readonly errno: number;
  readonly message: string;
  readonly insn: number | null;
  readonly processed_insns: number;
  readonly max_states_per_insn: number;
  readonly total_states: number;
  readonly peak_states: number;
  readonly log: string;
}

/** What the guest's loader prints of some objects, line by line. Throws if the guest ended before it had said all. */
export async function ask(guest: string, files: readonly string[], logLevel: number): Promise<Record<string, unknown>[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bpf-guest-'));
  try {
    const inside = new Map(['init', 'loader', 'busybox'].map((f) => [f === 'busybox' ? 'bin/busybox' : f, readFileSync(join(guest, f))]));
    inside.set('log-level', Buffer.from(`${logLevel}\n`));
    for (const file of files) inside.set(`objects/${basename(file)}`, readFileSync(file));
    const root = join(dir, 'root.cpio');
    writeFileSync(root, cpio(inside, new Set(['init', 'loader', 'bin/busybox'])));
    const answers = join(dir, 'answers');
    const console_ = join(dir, 'console');
    await boot(join(guest, 'vmlinuz'), root, console_, answers);
    const lines = readFileSync(answers, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    if (lines.at(-1)?.['end'] !== true) throw new Error(`the guest ended early:\n${readFileSync(console_, 'utf8').slice(-2000)}`);
    return lines;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs a guest to its end, emulated: verdicts need no speed. Its first serial port is its console, its second what it answers. */
function boot(kernel: string, root: string, console_: string, answers: string): Promise<void> {
  const machine = ['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '4096', '-no-reboot', '-nic', 'none'];
  const ports = ['-display', 'none', '-monitor', 'none', '-serial', `file:${console_}`, '-serial', `file:${answers}`];
  const args = [
    ...machine,
    ...ports,
    '-kernel',
    kernel,
    '-initrd',
    root,
    '-append',
    'console=ttyS0 panic=-1 quiet loglevel=3 no_timer_check',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-system-x86_64', args, { stdio: 'ignore', timeout: MOST_MS });
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}

/** Version of the kernel that answered. */
export function version(lines: readonly Record<string, unknown>[]): string {
  return String(lines[0]?.['kernel'] ?? '');
}

const STATISTICS = /^processed (\d+) insns \(limit \d+\) max_states_per_insn (\d+) total_states (\d+) peak_states (\d+)/m;
/** Lines of a log that are no message: instructions, sources, states, steps of precision, statistics. */
const NO_MESSAGE =
  /^(\d+: |;|from \d+ to |R\d+(_\w+)?=|frame\d|mark_precise|last_idx|regs=|parent |verification time|stack depth|processed |subprog |func#| |$)/;
/** Lines of a message that are kept. */
const MOST_LINES = 4;

/** The last instruction that a log names, null if it names none. */
export function lastInsn(log: string): number | null {
  const last = [...log.matchAll(/^(\d+): \([0-9a-f]{2}\)/gm)].at(-1);
  return last === undefined ? null : Number(last[1]);
}

/** Rows out of what the loader printed. */
export function rowsOf(lines: readonly Record<string, unknown>[]): Row[] {
  return lines
    .filter((line) => typeof line['program'] === 'string')
    .map((line) => {
      const log = String(line['log']);
      const [processed, perInsn, total, peak] = (STATISTICS.exec(log)?.slice(1) ?? ['0', '0', '0', '0']).map(Number);
      const loaded = line['loaded'] === true;
      const verdict = line['opened'] === false ? 'open_error' : loaded ? 'accept' : log === '' ? 'not_verified' : 'reject';
      const insn = verdict === 'reject' ? lastInsn(log) : null;
      const message = log.split('\n').filter((l) => !NO_MESSAGE.test(l));
      return {
        object: String(line['object']),
        program: String(line['program']),
        section: String(line['section'] ?? ''),
        prog_flags: Number(line['prog_flags'] ?? 0),
        verdict,
        stage: verdict === 'accept' ? 'done' : insn === null ? 'precheck' : 'check',
        errno: Number(line['errno']),
        message: verdict === 'reject' ? message.slice(-MOST_LINES).join('\n') : '',
        insn,
        processed_insns: processed!,
        max_states_per_insn: perInsn!,
        total_states: total!,
        peak_states: peak!,
        log,
      };
    });
}
