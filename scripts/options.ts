// SPDX-License-Identifier: GPL-2.0-only
/** Options of scripts: the table of the command line's own (`src/cli/args.ts`), read and told the same way. */
import { type Options, readArgs, UsageError, usageOf } from '../src/cli/args';

/** What a script is, for its help. */
export interface ScriptHelp<T extends Options> {
  /** How it is called, a line each: `npm run answers -- [options]`. */
  readonly usage: readonly string[];
  /** What it does, in lines of the help; may be several. */
  readonly about: string;
  /** What its exit status says, or another last word. */
  readonly end?: string;
  /** Least and most arguments that are no options; none if not given. */
  readonly positionals?: readonly [least: number, most: number];
  /** Options that must be given. */
  readonly needs?: readonly (keyof T & string)[];
}

const HELP = { help: { type: 'boolean', default: false, help: 'this text' } } as const satisfies Options;

/** The help of a script. */
export function scriptUsage<T extends Options>(help: ScriptHelp<T>, options: T): string {
  const usage = help.usage.map((line, i) => `${i === 0 ? 'usage: ' : '       '}${line}`).join('\n');
  return [usage, help.about, usageOf({ ...options, ...HELP }), ...(help.end === undefined ? [] : [help.end])].join('\n\n');
}

/** Reads arguments of a script. Throws {@link UsageError} for what is not in its table, and for what is missing. */
export function readScriptArgs<T extends Options>(args: readonly string[], help: ScriptHelp<T>, options: T) {
  const parsed = readArgs<T & typeof HELP>(args, { ...options, ...HELP });
  const given: Readonly<Record<string, unknown>> = parsed.values;
  if (given['help'] === true) return parsed;
  for (const name of help.needs ?? []) if (given[name] === undefined || given[name] === '') throw new UsageError(`--${name} is missing`);
  const [least, most] = help.positionals ?? [0, 0];
  const count = parsed.positionals.length;
  if (count > most) throw new UsageError(`unexpected: ${parsed.positionals[most]!}`);
  if (count < least) throw new UsageError(count === 0 ? 'nothing is named' : 'not enough is named');
  return parsed;
}

/** Ends the script that was called in a way that means nothing: says what is wrong, and how it is called. */
export function misused<T extends Options>(message: string, help: ScriptHelp<T>, options: T): never {
  console.error(`${message}\n\n${scriptUsage(help, options)}`);
  process.exit(2);
}

/** The arguments of the script that runs. `--help`, and what cannot be read, end it with its help. */
export function scriptArgs<T extends Options>(help: ScriptHelp<T>, options: T) {
  try {
    const parsed = readScriptArgs(process.argv.slice(2), help, options);
    if ((parsed.values as Readonly<Record<string, unknown>>)['help'] !== true) return parsed;
    console.log(scriptUsage(help, options));
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    misused(error.message, help, options);
  }
}
