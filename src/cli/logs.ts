// SPDX-License-Identifier: GPL-2.0-only
/** Logs that workers write while they verify, under names of their own: they get their place, or are printed, when it is their turn. */
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { WrittenLog } from '../analysis/log-file';
import { systemErrorText } from '../analysis/read-file';
import { oneLine } from '../protocol/escape';
import { InputTrouble } from './options';
import type { OutputFolder } from './output-files';
import type { Sink } from './sink';

/** What is left of those who were ended: called when this process ends in whatever way. */
const unfinished = new Set<Logs>();

/** Removes logs that have no place yet. */
export function removeUnfinishedLogs(): void {
  for (const logs of unfinished) logs.dispose();
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(path.join(os.tmpdir(), 'bpf-context-logs-'));
  } catch (error) {
    throw new InputTrouble(`logs cannot be kept in ${oneLine(os.tmpdir())}: ${systemErrorText(error) ?? String(error)}`);
  }
}

/** Logs of one run: into a folder, or printed below what is said of their programs. */
export class Logs {
  private readonly temporary: string | null;
  private readonly base: string;
  private count = 0;

  /** `folder`: null to print them. */
  constructor(private readonly folder: OutputFolder | null) {
    this.temporary = folder === null ? temporaryFolder() : null;
    this.base = path.join(this.temporary ?? folder!.folder, `.bpf-context-${process.pid}`);
    unfinished.add(this);
  }

  /** Where the logs of the next object go (`AnalyzeRequest.logTo`). */
  next(): string {
    return `${this.base}-${this.count++}`;
  }

  /** Gives a log its place in the folder, if there is one. Returns why it has none. */
  adopt(object: string, program: string, log: WrittenLog): string | null {
    return this.folder?.adopt(object, program, 'log', log) ?? null;
  }

  /** Prints a log, control characters spelled out, as fast as it is read on the other side; then an empty line. */
  async print(log: WrittenLog, sink: Sink): Promise<string | null> {
    if (log.problem !== null) return `the log cannot be kept in ${oneLine(os.tmpdir())}: ${log.problem}`;
    try {
      let rest = '';
      for await (const chunk of createReadStream(log.file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
        const lines = `${rest}${chunk as string}`.split('\n');
        rest = lines.pop()!;
        await sink.write(lines.map((line) => `${oneLine(line)}\n`).join(''));
        if (sink.broken) break;
      }
      await sink.write(`${oneLine(rest)}\n`);
      return null;
    } catch (error) {
      return `the log cannot be read again: ${systemErrorText(error) ?? String(error)}`;
    } finally {
      rmSync(log.file, { force: true });
    }
  }

  /** Removes what has no place: of programs whose worker was ended, or that nobody prints. */
  dispose(): void {
    unfinished.delete(this);
    if (this.temporary !== null) {
      rmSync(this.temporary, { recursive: true, force: true });
      return;
    }
    const dir = path.dirname(this.base);
    const own = `${path.basename(this.base)}-`;
    try {
      for (const name of readdirSync(dir)) if (name.startsWith(own)) rmSync(path.join(dir, name), { force: true });
    } catch {
      // the folder has gone, and they with it
    }
  }
}
