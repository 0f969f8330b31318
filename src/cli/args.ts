// SPDX-License-Identifier: GPL-2.0-only
/** Options as a table: what a row says is how arguments are read, and what the help and `docs/cli.md` say of them. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What a person typed cannot be done. The message is one line. */
export class UsageError extends Error {}

type Parsed = NonNullable<ParseArgsConfig['options']>[string];

/** One option. */
export type Option = Parsed & {
  /** What stands for its value in the help: `FILE`. */
  readonly value?: string;
  /** What it does, for the help. */
  readonly help: string;
};

export type Options = Readonly<Record<string, Option>>;

/** Reads arguments by a table. Throws {@link UsageError} for what is not in it. */
export function readArgs<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    // Node adds advice for programmers after the first sentence
    throw new UsageError((error instanceof Error ? error.message : String(error)).split('. ')[0]!);
  }
}

/** One of several values. Throws {@link UsageError}. */
export function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((a) => a === value);
  if (found === undefined) throw new UsageError(`--${name} is ${allowed.join(', ')}, not "${value}"`);
  return found;
}

/** A whole number within limits. Throws {@link UsageError}. */
export function number(name: string, value: string, min: number, max: number): number {
  const n = Number(value);
  if (value.trim() === '' || !Number.isInteger(n) || n < min || n > max)
    throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not "${value}"`);
  return n;
}

/** Columns of the help, and where what an option does begins. */
const COLUMNS = 140;
const INDENT = 24;

/** A text in lines of at most so many columns. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]!;
    if (last !== '' && last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** An option as it is typed: `--jobs N`. */
export function spelled(name: string, option: Option): string {
  return `--${name}${option.value === undefined ? '' : ` ${option.value}`}`;
}

/** What an option does, with what goes without saying it. */
export function helpOf(option: Option): string {
  return `${option.help}${option.multiple === true ? '; may be repeated' : ''}`;
}

/** The help of options, line by line. */
export function usageOf(options: Options): string {
  return Object.entries(options)
    .flatMap(([name, option]) => {
      const [first, ...rest] = wrapped(helpOf(option), COLUMNS - INDENT);
      const head = `  ${spelled(name, option)}`;
      const lead = head.length < INDENT - 1 ? [head.padEnd(INDENT) + first!] : [head, ' '.repeat(INDENT) + first!];
      return [...lead, ...rest.map((line) => ' '.repeat(INDENT) + line)];
    })
    .join('\n');
}
