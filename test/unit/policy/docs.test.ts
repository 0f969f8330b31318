// SPDX-License-Identifier: GPL-2.0-only
/** The pictures and the examples in docs/policies.md are what the engine says. `UPDATE_PICTURES=1` writes the pictures. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyProblems } from '../../../src/policy/file';
import { parseOverlay } from '../../../src/policy/overlay';
import { getPolicy } from '../../../src/policy';
import { picture } from '../../support/picture';
import { analysed, kept, ROOT } from '../../support/policy-programs';

const FILE = path.join(ROOT, 'docs/policies.md');
const PICTURE = /<!-- picture: ([\w.-]+) -->\n```\n([\s\S]*?)```/g;

function drawn(policy: string): string {
  const result = analysed('picture', policy).result!.programs[0]!;
  const { engine, key } = kept('picture', policy);
  return `${picture(engine.graph(key, result.program)!, result)}\n`;
}

if (process.env['UPDATE_PICTURES'] !== undefined) {
  writeFileSync(FILE, readFileSync(FILE, 'utf8').replace(PICTURE, (_, policy: string) => `<!-- picture: ${policy} -->\n\`\`\`\n${drawn(policy)}\`\`\``));
}
const text = readFileSync(FILE, 'utf8');

describe('docs/policies.md', () => {
  it.each([...text.matchAll(PICTURE)].map((m) => [m[1]!, m[2]!] as const))('draws %s as it is', (policy, shown) => {
    expect(shown).toBe(drawn(policy));
  });

  it('has examples that load', () => {
    const examples = [...text.matchAll(/```json\n(\{[\s\S]*?)```/g)].map((m) => m[1]!);
    expect(examples.length).toBeGreaterThanOrEqual(3);
    for (const example of examples) {
      if (example.includes('"id"')) expect(policyProblems(example), example).toEqual([]);
      else expect(() => parseOverlay(example, getPolicy('forbid-fault').classes), example).not.toThrow();
    }
  });
});
