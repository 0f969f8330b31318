// SPDX-License-Identifier: GPL-2.0-only
/** Every code has a page; every example on a page is compiled: the first is refused with this code, the second accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AnalysisEngine } from '../../../src/analysis/engine';
import { compile, findClang } from '../../../src/compiler/clang';
import type { ProgramResult } from '../../../src/protocol/model';
import { PROBLEMS } from '../../../src/protocol/problem-code';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGES = path.join(ROOT, 'docs/problems');
const clang = await findClang('');
const engine = new AnalysisEngine();
const page = (code: string): string => readFileSync(path.join(PAGES, `${code}.md`), 'utf8');
const examplesOf = (code: string): string[] => [...page(code).matchAll(/^```c\n([^]*?)\n```$/gm)].map((m) => m[1]!);

async function resultOf(text: string): Promise<ProgramResult> {
  const source = `#include "bpf_example.h"\n${text}\nchar LICENSE[] SEC("license") = "GPL";\n`;
  const made = await compile({ clang: '', file: path.join(ROOT, 'examples/page.bpf.c'), text: source, args: [], timeoutMs: 60_000 });
  if (made.kind !== 'ok') throw new Error(`does not compile: ${JSON.stringify(made)}`);
  const reply = engine.analyze(
    {
      type: 'analyze',
      key: 'page',
      file: 'page.bpf.o',
      object: made.object,
      policy: 'linux-7.3',
      kernel: { bundle: path.join(ROOT, 'media/kernel/7.3.4'), btf: '' },
      overlays: [],
      program: '',
      logLevel: 0,
      unprivileged: false,
      record: false,
      explain: true,
      dumpInsns: false,
      graphs: false,
      timeoutS: 0,
    },
    { check: () => undefined, progress: () => undefined },
  );
  return reply.result!.programs[0]!;
}

describe('pages of problem codes', () => {
  it('has one for each code, and an index of all', () => {
    const files = readdirSync(PAGES).filter((f) => f !== 'README.md');
    expect(files.map((f) => f.replace(/\.md$/, '')).sort()).toEqual(Object.keys(PROBLEMS).sort());
    const index = readFileSync(path.join(PAGES, 'README.md'), 'utf8');
    for (const [code, title] of Object.entries(PROBLEMS)) {
      expect(index).toContain(`| [\`${code}\`](${code}.md) | ${title} |`);
      expect(page(code)).toMatch(new RegExp(`^# ${title}\\n\\nCode: \`${code}\`\\n\\n\\S.*\\n\\n## To make it right\\n\\n\\S`));
    }
  });

  describe.skipIf(clang === null)('examples', () => {
    for (const code of Object.keys(PROBLEMS).filter((c) => examplesOf(c).length > 0)) {
      it(`${code}: refused, and accepted once it is right`, async () => {
        const [bad, good] = examplesOf(code);
        const refused = await resultOf(bad!);
        expect([refused.verdict, refused.explanation?.code]).toEqual(['reject', code]);
        expect(page(code)).toContain(`\`\`\`\n${refused.message.join('\n')}\n\`\`\``);
        expect((await resultOf(good!)).verdict).toBe('accept');
      }, 120_000);
    }
  });
});
