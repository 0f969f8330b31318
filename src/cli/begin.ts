// SPDX-License-Identifier: GPL-2.0-only
/** What the bundles of the command line begin with: how a command is run, and what is left behind of one that ends early. */
import path from 'node:path';
import { indented } from '../protocol/escape';
import { UsageError } from './args';
import { removeUnfinishedLogs } from './logs';
import { Exit, InputTrouble } from './options';
import { endCompilers } from './sources';
import { Sink } from './sink';
import { tell } from './tell';

/** A command with its arguments; gives the status that the process ends with. Throws {@link UsageError}. */
export type RunCommand = (command: string | undefined, args: readonly string[], sink: Sink) => Promise<number>;

/** Folder of the package. */
export const root = path.resolve(__dirname, '..');

async function main(run: RunCommand): Promise<number> {
  const sink = new Sink(() => process.stdout);
  try {
    const [command, ...args] = process.argv.slice(2);
    const status = await run(command, args, sink);
    return sink.trouble() ?? status;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    tell(`bpf-context: ${indented(error.message)}${error instanceof InputTrouble ? '' : ' (--help says more)'}\n`);
    return Exit.BAD_INPUT;
  }
}

/** Trouble is never the status of a rejection, which Node's own end would be. */
function giveUp(error: unknown): never {
  endCompilers();
  removeUnfinishedLogs();
  tell(`bpf-context: internal error: ${indented(error instanceof Error ? error.message : String(error))}\n`);
  process.exit(Exit.BAD_INPUT);
}

/** Runs what the arguments of this process say. */
export function begin(run: RunCommand): void {
  process.on('uncaughtException', giveUp);
  process.on('unhandledRejection', giveUp);
  // compilers are in process groups of their own, which a terminal's Ctrl-C does not reach
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endCompilers();
      removeUnfinishedLogs();
      process.kill(process.pid, signal);
    });
  }
  void main(run).then((status) => {
    process.exitCode = status;
  }, giveUp);
}
