// SPDX-License-Identifier: GPL-2.0-only
/** What package.json promises: words for people can be translated, settings are complete, schemas say what the readers of files say. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GENERATED } from '../../../scripts/contributions/generated';
import { POLICIES } from '../../../src/policy';

const ROOT = path.join(import.meta.dirname, '../../..');
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

interface Setting {
  readonly scope?: string;
  readonly order?: number;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly anyOf?: readonly {
    readonly enum?: readonly string[];
    readonly enumDescriptions?: readonly string[];
    readonly pattern?: string;
  }[];
}

interface Manifest {
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly jsonValidation: readonly { readonly fileMatch: string; readonly url: string }[];
    readonly walkthroughs: readonly { readonly steps: readonly { readonly media: { readonly markdown: string } }[] }[];
  };
}

const text = read('package.json');
const { contributes, capabilities } = JSON.parse(text) as Manifest;
const words = JSON.parse(read('package.nls.json')) as Record<string, string>;

describe('what tables make', () => {
  it.each(Object.keys(GENERATED))('%s is fresh; `npm run contributions` writes it anew', (name) => {
    const now = read(name);
    expect(GENERATED[name]!(now)).toBe(now);
  });
});

describe('package.json', () => {
  it('has commands with titles of their own', () => {
    const titles = contributes.commands.map((c) => words[c.title.slice(1, -1)]);
    expect(new Set(titles).size).toBe(contributes.commands.length);
  });

  it('lets a workspace that is not trusted set what is shown, and nothing that changes results or runs something', () => {
    const SHOWN = ['verify', 'codeLens', 'singleKeys', 'gutter', 'inlayHints', 'targetKernel', 'compile.buildFiles', 'sourceMap'].map(
      (s) => `bpfContext.${s}`,
    );
    const restricted = capabilities.untrustedWorkspaces.restrictedConfigurations;
    // those of the machine cannot be set by a workspace at all
    const free = Object.entries(contributes.configuration.properties).filter(([k, s]) => s.scope !== 'machine' && !restricted.includes(k));
    expect(free.map(([k]) => k).sort()).toEqual(SHOWN.sort());
  });

  it('offers the policies that are built in, and takes policy files', () => {
    const [builtIn, files] = contributes.configuration.properties['bpfContext.policy']!.anyOf!;
    expect(builtIn!.enum).toEqual(POLICIES.map((p) => p.id));
    expect(builtIn!.enumDescriptions).toHaveLength(POLICIES.length);
    expect(new RegExp(files!.pattern!).test('rules/mine.bpf-policy.json')).toBe(true);
    expect(new RegExp(files!.pattern!).test('mine.json')).toBe(false);
  });

  it('names files that are there', () => {
    const files = [
      ...contributes.jsonValidation.map((v) => v.url),
      ...contributes.walkthroughs.flatMap((w) => w.steps.map((s) => s.media.markdown)),
    ];
    expect(files.filter((f) => !existsSync(path.join(ROOT, f)))).toEqual([]);
  });
});
