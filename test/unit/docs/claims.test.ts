// SPDX-License-Identifier: GPL-2.0-only
/** What the pages of the project name is there: files, links, scripts, settings, and commands of the palette. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../support/verify';

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly contributes: { readonly configuration: unknown; readonly commands: readonly { readonly command: string }[] };
};
const words = Object.values(JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>);
/** Ids of settings and commands, and all that begins one: `bpfContext.compile`. */
const ids = JSON.stringify(manifest.contributes);

/** Matches in a page, each once. */
const named = (text: string, like: RegExp): string[] => [...new Set([...text.matchAll(like)].map((m) => m[1]!))];

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('names files that are there', () => {
    const files = named(text, /`((?:src|webview|test|scripts|media|docs|examples)\/[\w./-]*\w)`/g).filter((f) => !/NAME|VERSION/.test(f));
    expect(files.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('leads to pages that are there', () => {
    const links = named(text, /\]\(([^)#\s]+)(?:#[^)]*)?\)/g).filter((link) => !/^https?:/.test(link));
    expect(links.filter((link) => !existsSync(path.join(ROOT, path.dirname(page), link)))).toEqual([]);
  });

  it('names scripts, settings and commands that are there', () => {
    const scripts = named(text, /npm run ([\w:-]+)/g);
    expect(scripts.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
    expect(named(text, /`(bpfContext\.[\w.]*\w)`/g).filter((id) => !ids.includes(`"${id}`))).toEqual([]);
    // other words behind that begin small: what a status or a line says
    const commands = named(text, /\*BPF: ([A-Z][^*]+)\*/g).map((title) => title.replace(/\s+/g, ' '));
    expect(commands.filter((title) => !words.some((word) => word.toLowerCase() === title.toLowerCase()))).toEqual([]);
  });
});
