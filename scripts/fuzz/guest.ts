// SPDX-License-Identifier: GPL-2.0-only
/** The real kernel's verdicts, in batches. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from './ours';

/** The option that names the script which asks a kernel. */
export const GUEST_OPTION = {
  type: 'string',
  value: 'SCRIPT',
  default: process.env['BPF_GUEST'] ?? '',
  help: "asks a kernel (default: the environment's BPF_GUEST)",
} as const;

interface Row {
  readonly object: string;
  readonly program: string;
  readonly verdict: string;
  readonly message: string;
  readonly libbpf?: string;
  readonly processed_insns: number;
  readonly total_states: number;
  readonly peak_states: number;
}

/** The last instruction that a log names. */
export function namedInsn(log: string): number | null {
  const all = [...log.matchAll(/^(\d+): (?:\([0-9a-f]{2}\)|BUG_)/gm)];
  return all.length === 0 ? null : Number(all[all.length - 1]![1]);
}

/** A kernel that can be asked. */
export interface Guest {
  readonly script: string;
  /** Which kernel, in front of all options; the script's own if absent. */
  readonly kernel?: string;
  /** What the script gets beyond the fixed options. */
  readonly options: readonly string[];
  /** Of the logs: 2 (the default) also tells of every instruction of an accepted program. */
  readonly logLevel?: 1 | 2;
}

/** A program of an object, as {@link askGuestAll} names it. */
export function programKey(object: string, program: string): string {
  return `${object} ${program}`;
}

/** Asks a kernel about objects with one program each. Objects it says nothing about are missing in the answer. */
export async function askGuest(
  guest: Guest,
  objects: ReadonlyMap<string, Uint8Array>,
  note: (text: string) => void,
): Promise<Map<string, Answer>> {
  const all = await askGuestSafely(guest, objects, note);
  return new Map([...all].map(([key, answer]) => [key.split(' ')[0]!, answer]));
}

/**
 * As {@link askGuestAll}. A kernel that says nothing is asked once more (it may not have come up on a busy machine), then about halves
 * of the objects, so that only the one that kills it is left out.
 */
export async function askGuestSafely(
  guest: Guest,
  objects: ReadonlyMap<string, Uint8Array>,
  note: (text: string) => void,
): Promise<Map<string, Answer>> {
  const names = [...objects.keys()];
  for (let tries = 0; tries < 2; tries++) {
    try {
      return await askGuestAll(guest, objects);
    } catch (error) {
      note(
        `${names.length} objects, ${names[0] ?? 'none'} to ${names.at(-1) ?? 'none'}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  if (names.length <= 1) return new Map();
  const half = names.length >> 1;
  const part = (from: number, to: number): Promise<Map<string, Answer>> =>
    askGuestSafely(guest, new Map(names.slice(from, to).map((name) => [name, objects.get(name)!])), note);
  const first = await part(0, half);
  return new Map([...first, ...(await part(half, names.length))]);
}

/**
 * Asks a kernel about all programs of objects; answers by {@link programKey}. The script is run as
 * `SCRIPT [--kernel VERSION] OUT_DIR --logs --log-level N OPTIONS -- FILE.o...` and leaves `result.jsonl` and `log/OBJECT.PROGRAM.log` in OUT_DIR.
 */
export async function askGuestAll(
  { script, kernel, options, logLevel = 2 }: Guest,
  objects: ReadonlyMap<string, Uint8Array>,
): Promise<Map<string, Answer>> {
  const dir = mkdtempSync(join(tmpdir(), 'bpf-fuzz-'));
  try {
    mkdirSync(join(dir, 'in'));
    const files = [...objects].map(([name, bytes]) => {
      const file = join(dir, 'in', `${name}.o`);
      writeFileSync(file, bytes);
      return file;
    });
    const which = kernel === undefined ? [] : ['--kernel', kernel];
    const child = spawn(script, [...which, join(dir, 'out'), '--logs', '--log-level', String(logLevel), ...options, '--', ...files], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const result = join(dir, 'out', 'result.jsonl');
    if (!existsSync(result)) throw new Error(`${script} ended with status ${status}: ${errors.trim()}`);
    const answers = new Map<string, Answer>();
    for (const line of readFileSync(result, 'utf8').split('\n')) {
      if (line === '') continue;
      const row = JSON.parse(line) as Row;
      const logFile = join(dir, 'out', 'log', `${row.object}.${row.program}.log`);
      const log = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
      const last = (row.message ?? '').trimEnd().split('\n').at(-1)!.trim();
      // a loader without the right to make a map goes on without it: that is none of the program's faults
      const crippled = /^BPF map '.*' is referenced but wasn't created$/.test(last);
      const verdict = crippled ? 'not_verified' : row.verdict;
      const known = verdict === 'accept' || verdict === 'reject';
      answers.set(programKey(row.object.replace(/\.o$/, ''), row.program), {
        verdict,
        message: verdict === 'accept' ? '' : known ? last : `${last} ${(row.libbpf ?? '').split('\n')[0]}`.trim(),
        insn: verdict === 'reject' ? namedInsn(log) : null,
        processedInsns: row.processed_insns ?? 0,
        totalStates: row.total_states ?? 0,
        peakStates: row.peak_states ?? 0,
        log,
      });
    }
    return answers;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
