// SPDX-License-Identifier: GPL-2.0-only
/**
 * Facts that have one place each: what is spelled like them anywhere else is a second copy that will drift apart. Some facts are held by lint
 * rules instead (`eslint.rules.mjs`): ids of contributions, the verified kernel's version, fields of opcodes, text that is read back.
 */
import { describe, expect, it } from 'vitest';
import { sourceFiles } from '../support/sources';

interface Fact {
  readonly fact: string;
  /** Where it is spelled. */
  readonly at: readonly string[];
  /** What spells it. */
  readonly like: RegExp;
  /** A second spelling that must be found, wherever it stood. */
  readonly example: string;
}

const FACTS: readonly Fact[] = [
  {
    fact: 'what views know of a held resource',
    at: ['src/graph/held.ts'],
    like: /\btakenPlaces(: (?!readonly)|,| \})/,
    example: 'return { id, takenPlaces: [held.insn] };',
  },
  {
    fact: 'the text of a chip',
    at: ['src/protocol/words.ts'],
    like: /letter\}.*(\.id|\.depth|number)\}/,
    example: 'const text = `${held.letter} ${held.id}`;',
  },
  {
    fact: 'the answers about sleeping and faults',
    at: ['src/protocol/words.ts'],
    like: /\b(yes|no|mixed): \[?'(may|must not|depends on)/,
    example: "const SLEEP = { yes: 'may sleep', no: 'must not sleep' };",
  },
  {
    fact: 'the same, as words by themselves',
    at: ['src/protocol/words.ts'],
    like: /(['`])(may|must not) (sleep|fault)\1|depends on the path/,
    example: "const answer = sleeps ? 'may sleep' : 'must not sleep';",
  },
  {
    fact: 'what a call demands, in words',
    at: ['src/protocol/words.ts'],
    like: /'may fault and sleep'/,
    example: "demands.includes('fault') ? 'may fault and sleep' : 'may sleep'",
  },
  {
    fact: 'the icons of the answers about sleeping',
    at: ['src/extension/sleep-icons.ts'],
    like: /\b(yes|no|mixed): \[?'(\$\()?bpf-/,
    example: "const ICONS = { yes: 'bpf-may-sleep' };",
  },
  {
    fact: 'the verbs of references, locks and regions',
    at: ['src/protocol/words.ts'],
    like: /[?:] '(acquires|releases)'[ ,;:}]/,
    example: "const verb = isRegion ? 'enters' : 'acquires';",
  },
  {
    fact: 'the same of what was',
    at: ['src/protocol/words.ts'],
    like: /egion\S* \? '(entered|left|open)' :|\b(began|ended): '(acquired|taken|entered|left|released)'/,
    example: "const since = isRegion ? 'entered' : 'acquired';",
  },
  {
    fact: 'what a resource that begins and ceases to be held is called in effects and events',
    at: ['src/graph/held.ts'],
    like: /'region' \? .*'(enter|left|leave|take)|begins: \{ verb: 'enters'/,
    example: "const verb = holding === 'region' ? 'enters' : 'takes';",
  },
  {
    fact: 'names of contexts',
    at: ['src/policy/classes.ts'],
    like: /\b(rcu|title): '(RCU|preempt|IRQ)\b/,
    example: "const WORDS = { rcu: 'RCU', preempt: 'preempt' };",
  },
  {
    fact: 'which class is held how',
    at: ['src/policy/classes.ts'],
    like: /'object' \? 'lock'/,
    example: "token === 'object' ? 'lock' : 'region'",
  },
  {
    fact: 'names of operations in instructions',
    at: ['src/isa/operation.ts'],
    like: /'(fetch_add|jsgt|movsx|load_acquire|addr_space_cast)'/,
    example: "if (name === 'jsgt') return '>';",
  },
  {
    fact: 'names of operations in policies',
    at: ['src/policy/ops.ts'],
    like: /'(global-call|tail-call|ld-abs)', Op\./,
    example: "const OPS = [['tail-call', Op.TAIL_CALL]];",
  },
  {
    fact: 'what operations of policies are called in sentences',
    at: ['src/protocol/words.ts'],
    like: /'(global-call|tail-call)': '/,
    example: "const WORDS = { 'tail-call': 'tail calls' };",
  },
  {
    fact: 'the classes of mainline: names for people, colours',
    at: ['src/policy/classes.ts'],
    like: /\btitle: '(RCU read section|preemption-off section|IRQ-off section|(resilient )?spin lock.*)'|colour: '(rcu|preempt|irq)',$/,
    example: "title: 'RCU read section',",
  },
  {
    fact: 'which functions enter and leave the contexts of mainline',
    at: ['src/policy/descriptors.ts'],
    like: /'(bpf_rcu_read_lock|bpf_preempt_enable|bpf_res_spin_unlock)'/,
    example: "{ name: 'bpf_rcu_read_lock', enters: 'rcu' }",
  },
  {
    fact: 'how a class looks: by the colour that it names, never by its letter',
    at: ['src/marks/rails.ts'],
    like: /\b(green|orange): '(rcu|preempt)'|\.letter === '[A-Z#]'(?! \? '#')/,
    example: "const dash = item.letter === 'R' ? [1.5, 1.5] : [];",
  },
  {
    fact: 'the instruction that speaks for a line',
    at: ['src/protocol/insns.ts'],
    like: /\.find\(\(\w+\) => \w+\.rejected\) \?\?|\.rejected(\)|\s\?) (return )?0\b/,
    example: 'insns.find((i) => i.rejected) ?? insns[0]',
  },
  {
    fact: 'where a jump leads',
    at: ['src/isa/flow.ts'],
    like: /insn\.off \+ 1\b|\? insn\.(imm|off) : insn\.(imm|off)/,
    example: 'const to = at + insn.off + 1;',
  },
  {
    fact: 'where a function that is called, or whose address is loaded, begins',
    at: ['src/isa/flow.ts'],
    like: /\.imm \+ 1\b|\b1 \+ \w+\.imm\b/,
    example: 'const callee = findSubprog(env, at + insn.imm + 1);',
  },
  {
    fact: 'how an instruction is left',
    at: ['src/isa/flow.ts'],
    like: /op > Jmp\.JCOND \?/,
    example: "return op > Jmp.JCOND ? 'next' : 'branch';",
  },
  {
    fact: 'the sleepable forms of sections',
    at: ['src/object/secdefs.ts'],
    like: /'[\w.]+\.s\+'|\.endsWith\('\.s'\)|\/\\?\.s\\?[/$]/,
    example: "const sleeps = section.endsWith('.s');",
  },
  {
    fact: 'whether a program is loaded as sleepable',
    at: ['src/object/program.ts'],
    like: /progFlags & (ProgFlag\.SLEEPABLE|0x10|16)\b/,
    example: 'const sleeps = (prog.progFlags & 0x10) !== 0;',
  },
  {
    fact: 'how many instructions are processed at most',
    at: ['src/isa/limits.ts'],
    like: /\b(LIMIT|\w*INSNS?\w*) = 1_?000_?000\b/,
    example: 'const MOST_INSNS = 1_000_000;',
  },
  { fact: 'the largest error number', at: ['src/isa/limits.ts'], like: /\b4095\b/, example: 'const MAX_ERRNO = 4095;' },
  {
    fact: 'the size of a page',
    at: ['src/isa/limits.ts'],
    like: /\bPAGE\w* = 4096\b/,
    example: 'const PAGE_SIZE = 4096;',
  },
  {
    fact: 'the size of a stack',
    at: ['src/isa/opcode.ts'],
    like: /\b(\w*STACK\w*( =|:)|limit:) 512\b|\b512 bytes of (the )?stack/,
    example: 'const STACK_BYTES = 512;',
  },
];

/** The same for scripts and tests. */
const OF_SCRIPTS: readonly Fact[] = [
  {
    fact: 'how arguments of scripts are read',
    at: ['scripts/options.ts'],
    like: /\bparseArgs\(|process\.argv\.(slice|includes|find|filter|indexOf)/,
    example: "const list = process.argv.includes('--list');",
  },
  {
    fact: 'what a verification is asked with, in scripts and tests',
    at: ['test/support/verify.ts'],
    like: /^\s*type: 'analyze',/,
    example: "      type: 'analyze',",
  },
];

/** The same where programs are made by hand; the fuzzer makes its own. */
const OF_PROGRAMS: readonly Fact[] = [
  {
    fact: 'how instructions of a test program are written',
    at: ['test/support/asm.ts'],
    like: /=> \(\{ code(: [^,]+)?, dst|\{ code: [^,}]+, dst(: \d+)?, src|\b(insn|op)\(0x[\da-f]{2}\b/,
    example: 'const op = (code: number, dst = 0): Insn => ({ code, dst, src: 0, off: 0, imm: 0 });',
  },
];

/** Holds that a fact is spelled where it says, and nowhere else in these folders. */
function holdFacts(facts: readonly Fact[], ...folders: readonly string[]): void {
  const files = sourceFiles(...folders).filter(({ path }) => !path.startsWith('src/headers/') && path !== 'test/unit/facts.test.ts');
  const sources = files.map(({ path, text }) => {
    const lines = text.split('\n').filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line));
    return { path, lines, text: lines.join('\n') };
  });

  it.each(facts.map((f) => [f.fact, f] as const))('%s', (_, { at, like, example }) => {
    expect(example, 'the pattern finds a second spelling').toMatch(like);
    const anywhere = new RegExp(like, 'm');
    const found = sources
      .filter(({ text }) => anywhere.test(text))
      .flatMap((file) => file.lines.filter((line) => like.test(line)).map((line) => `${file.path}: ${line.trim()}`));
    expect(found.filter((place) => !at.some((path) => place.startsWith(`${path}: `)))).toEqual([]);
    for (const path of at)
      expect(
        found.some((place) => place.startsWith(`${path}: `)),
        `${path} spells it`,
      ).toBe(true);
  });
}

describe('a fact that has one place', () => holdFacts(FACTS, 'src', 'webview'));
describe('a fact of scripts and tests that has one place', () => holdFacts(OF_SCRIPTS, 'scripts', 'test'));
describe('a fact of programs that are made by hand', () => holdFacts(OF_PROGRAMS, 'test', 'scripts/bench', 'scripts/robustness'));
