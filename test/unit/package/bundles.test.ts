// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const NOTICES = path.join(ROOT, 'dist/THIRD-PARTY-NOTICES.txt');
/** Licences that go together with GPL-2.0-only. */
const COMPATIBLE = /^(MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Unlicense|GPL-2\.0(-only|-or-later)?)$/;

interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** Bytes at most: of the page's own script, which says that it is ready, and of all that it loads before it draws. */
const LIMIT = { own: 450_000, all: 750_000 } as const;

describe('what is shipped', () => {
  let page: Metafile;
  let host: Metafile;
  beforeAll(async () => {
    const { webviewBundle } = (await import(path.join(ROOT, 'scripts/host/webview-bundle.mjs'))) as { webviewBundle: BuildOptions };
    const common = { bundle: true, write: false, metafile: true, absWorkingDir: ROOT, logLevel: 'silent', outdir: 'dist' } as const;
    const made = await Promise.all([
      build({ ...common, ...webviewBundle, splitting: true, minify: true }),
      build({
        ...common,
        entryPoints: ['src/extension/extension.ts', 'src/analysis/worker.ts', 'src/cli/main.ts', 'src/cli/check-command.ts'],
        platform: 'node',
        external: ['vscode'],
        // tables are our own, and the size of these bundles is not asked for
        loader: { '.json': 'empty' },
      }),
    ]);
    [page, host] = made.map((r) => r.metafile!) as [Metafile, Metafile];
  });

  it('is a page whose script leaves out of Cytoscape what nobody asks for, and is ready before Cytoscape is there', () => {
    const scripts = Object.entries(page.outputs).filter(([name]) => name.endsWith('.js'));
    const own = scripts.find(([name]) => name.endsWith('webview.js'))![1];
    expect(own.bytes).toBeLessThan(LIMIT.own);
    expect(scripts.reduce((sum, [, { bytes }]) => sum + bytes, 0)).toBeLessThan(LIMIT.all);
    expect(Object.keys(own.inputs).filter((name) => name.includes('cytoscape'))).toEqual([]);
  });

  it('has the licence of everything that is bundled, and each goes together with ours', async () => {
    const { bundledPackages } = (await import(path.join(ROOT, 'scripts/host/notices.mjs'))) as {
      bundledPackages: (root: string, metafiles: readonly unknown[]) => Bundled[];
    };
    const packages = bundledPackages(ROOT, [page, host]);
    expect(packages.map((p) => p.name)).toContain('cytoscape');
    for (const p of packages) {
      expect(`${p.name}: ${p.license}`).toMatch(new RegExp(`^.*: ${COMPATIBLE.source.slice(1)}`));
      expect(p.text).not.toBe('');
    }
    if (!existsSync(NOTICES)) return;
    const notices = readFileSync(NOTICES, 'utf8');
    for (const p of packages) {
      expect(notices).toContain(`${p.name} ${p.version} (${p.license})`);
      expect(notices).toContain(p.text);
    }
    expect(notices).toContain('Linux is licensed under GPL-2.0-only WITH\nLinux-syscall-note');
  });

  it('needs no install scripts and no packages at run time', () => {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
      dependencies?: object;
    };
    expect(Object.keys(manifest.scripts).filter((s) => /^(pre|post)?install$|^prepare$/.test(s))).toEqual([]);
    expect(manifest.dependencies ?? {}).toEqual({});
  });
});
