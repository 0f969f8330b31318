// SPDX-License-Identifier: GPL-2.0-only
// Options of the scripts that run before anything is installed or compiled: rows as in src/cli/args.ts, with the same meaning.
import { parseArgs } from 'node:util';

/** Name, type, value, what it does, of each option; `about` and `usage` are the rest of the help. */
function usageText({ usage, about }, options) {
  const rows = Object.entries({ ...options, help: { help: 'this text' } }).map(([name, { value, help }]) =>
    `  --${name}${value === undefined ? '' : `=${value}`}`.padEnd(24).concat(help),
  );
  return [`usage: ${usage}`, about, rows.join('\n')].join('\n\n');
}

/** Arguments of the script that runs; `--help`, and what is not in the table, end it with its help. */
export function hostArgs(help, options) {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: 'boolean', default: false } },
      allowPositionals: help.positionals === true,
    });
    if (!values.help) return { values, positionals };
    console.log(usageText(help, options));
    process.exit(0);
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}\n\n${usageText(help, options)}`);
    process.exit(2);
  }
}
