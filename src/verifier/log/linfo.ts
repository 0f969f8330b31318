// SPDX-License-Identifier: GPL-2.0-only
import type { LineInfo } from '../../object/program';
import type { VerifierEnv } from '../env';

/** The line record that covers an instruction: the last one that starts at or before it (`bpf_find_linfo`). */
export function findLineInfo(env: VerifierEnv, insnIdx: number): LineInfo | null {
  const records = env.given.lineInfo;
  let lo = 0;
  let hi = records.length - 1;
  let found = -1;
  while (lo <= hi) {
    const mid = (lo + hi) >> 1;
    if (records[mid]!.insnOff <= insnIdx) {
      found = mid;
      lo = mid + 1;
    } else {
      hi = mid - 1;
    }
  }
  return records[found] ?? null;
}

/** The text of a line, leading blanks removed. */
function sourceText(info: LineInfo): string {
  return info.text.replace(/^\s+/, '').slice(0, 1023);
}

/** `text @ file.c:12` of a record, leading blanks and folders removed. */
export function lineText(info: LineInfo): string {
  const file = info.file.slice(info.file.lastIndexOf('/') + 1);
  return `${sourceText(info)} @ ${file}:${info.line}`;
}

/** Writes the source line of an instruction after `prefix`, unless it is the one written last (`verbose_linfo`). */
export function verboseLinfo(env: VerifierEnv, insnIdx: number, prefix: string): void {
  if (env.log.level === 0) return;
  const info = findLineInfo(env, insnIdx);
  const previous = env.logCursor.linfo;
  if (info === null || info === previous) return;
  const whole = env.kernel.features['log.wholeRecord'];
  if (whole && previous !== null && info.file === previous.file && info.line === previous.line) return;
  env.log.append(`${prefix}${whole ? lineText(info) : sourceText(info)}\n`);
  env.logCursor.linfo = info;
}
