// SPDX-License-Identifier: GPL-2.0-only
/** Every code has a page; every example on a page is compiled: the first is refused with this code, the second accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { problemIndex } from '../../../scripts/problem-index';
import { compile, findClang } from '../../../src/compiler/clang';
import type { ProgramResult } from '../../../src/protocol/model';
import { PROBLEMS } from '../../../src/protocol/problem-code';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

const PAGES = path.join(ROOT, 'docs/problems');
/** What its programs would be refused for depends on how the kernel was built; its page says so. */
const WITHOUT_EXAMPLE = ['unsupported'];
/** Compilers that run at once. */
const AT_ONCE = 3;

interface Page {
  readonly code: string;
  readonly text: string;
  readonly examples: readonly string[];
  /** Refused for loaders without capabilities only. */
  readonly unprivileged: boolean;
}

const pages: readonly Page[] = Object.keys(PROBLEMS).map((code) => {
  const text = readFileSync(path.join(PAGES, `${code}.md`), 'utf8');
  const examples = [...text.matchAll(/^```c\n([^]*?)\n```$/gm)].map((m) => m[1]!);
  return { code, text, examples, unprivileged: text.includes('(`check --unprivileged`)') };
});
const clang = await findClang('');

/** Compiles an example as it stands, behind declarations that vmlinux.h and libbpf's headers would give. */
async function compiled(code: string, text: string): Promise<Uint8Array> {
  const licence = text.includes('SEC("license")') ? '' : 'char LICENSE[] SEC("license") = "GPL";\n';
  const made = await compile({
    clang: '',
    file: path.join(ROOT, 'test/media/page.bpf.c'),
    text: `#include "pages.h"\n${text}\n${licence}`,
    args: ['-I', path.join(ROOT, 'examples')],
    timeoutMs: 120_000,
  });
  if (made.kind !== 'ok') throw new Error(`${code}: an example does not compile: ${JSON.stringify(made)}`);
  return made.object;
}

function verify(object: Uint8Array, unprivileged: boolean): ProgramResult {
  const reply = engine.analyze(
    requestFor('page.bpf.o', object, { key: 'page', unprivileged, record: false, explain: true, timeoutS: 0 }),
    QUIET,
  );
  return reply.result!.programs[0]!;
}

describe('pages of problem codes', () => {
  it('has one for each code: what it means, what makes it right, an example', () => {
    const files = readdirSync(PAGES).filter((f) => f !== 'README.md');
    expect(files.map((f) => f.replace(/\.md$/, '')).sort()).toEqual(pages.map((p) => p.code).sort());
    for (const { code, text } of pages) {
      const title = PROBLEMS[code as keyof typeof PROBLEMS];
      expect(text).toMatch(
        new RegExp(`^# ${title}\\n\\nCode: \`${code}\`\\n\\n\\S.*\\n\\n## To make it right\\n\\n\\S[^]*\\n\\n## Example\\n\\n\\S`),
      );
    }
    expect(pages.filter((p) => p.examples.length !== 2).map((p) => p.code)).toEqual(WITHOUT_EXAMPLE);
  });
  it('has an index that is current (npm run problems)', () =>
    expect(readFileSync(path.join(PAGES, 'README.md'), 'utf8')).toBe(problemIndex()));

  describe.skipIf(clang === null)('examples', () => {
    const objects = new Map<string, readonly Uint8Array[]>();
    const shown = pages.filter((p) => p.examples.length > 0);
    beforeAll(async () => {
      const waiting = [...shown];
      const work = async (): Promise<void> => {
        for (let p = waiting.pop(); p !== undefined; p = waiting.pop()) {
          const own: Uint8Array[] = [];
          for (const text of p.examples) own.push(await compiled(p.code, text));
          objects.set(p.code, own);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    });

    it.each(shown)(
      '$code: refused, and accepted once it is right',
      (page) => {
        const [bad, good] = objects.get(page.code)!;
        const refused = verify(bad!, page.unprivileged);
        expect([refused.verdict, refused.explanation?.code]).toEqual(['reject', page.code]);
        expect(page.text).toContain(`\`\`\`\n${refused.message.join('\n')}\n\`\`\``);
        expect(verify(good!, page.unprivileged).verdict).toBe('accept');
      },
      120_000,
    );
  });
});
