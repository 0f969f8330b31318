// SPDX-License-Identifier: GPL-2.0-only
/** The lists of options in `docs/cli.md`. */
import { helpOf, type Options, spelled } from '../../src/cli/args';
import { CHECK } from '../../src/cli/check-options';
import { COMPARE } from '../../src/cli/compare-options';
import { LOADS_ON } from '../../src/cli/loads-on-options';
import { COMMON } from '../../src/cli/options';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const table = (options: Options): string =>
  [
    '| option | |',
    '|---|---|',
    ...Object.entries(options).map(([name, o]) => `| \`${cell(spelled(name, o))}\` | ${cell(helpOf(o))} |`),
  ].join('\n');

const LISTS: Readonly<Record<string, Options>> = { check: CHECK, compare: COMPARE, 'loads-on': LOADS_ON, all: COMMON };

/** The page with its lists made anew. Throws when a place of one is not there. */
export function cliPage(now: string): string {
  return Object.entries(LISTS).reduce((page, [name, options]) => {
    const [from, to] = [`<!-- options of ${name}: npm run contributions -->`, `<!-- end of options of ${name} -->`];
    const [start, end] = [page.indexOf(from), page.indexOf(to)];
    if (start < 0 || end < start) throw new Error(`docs/cli.md has no place for the options of ${name}`);
    return `${page.slice(0, start + from.length)}\n${table(options)}\n${page.slice(end)}`;
  }, now);
}
