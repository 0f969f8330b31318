// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a Makefile compiles a BPF source with, read without running anything: assignments, conditionals, includes, rules, and functions
 * (`make-functions.ts`). What a shell would say is {@link UNKNOWN}, and arguments that hold it are left out.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { keepFlags, shellCommands, splitWords, targetsBpf, UNKNOWN } from './flags';
import { FUNCTIONS, splitArguments, stemOf, substitute, words } from './make-functions';
import type { BuildFlags } from './setup';

const MAX_SIZE = 1 << 20;
/** Levels of expansion, and of included files. */
const MAX_DEPTH = 24;
const MAX_INCLUDES = 40;
/** Longest text that an expansion gives. */
const MAX_TEXT = 1 << 16;
const MAX_RULES = 4000;
/** Calls of variables as functions in one Makefile, and their arguments. */
const MAX_CALLS = 2000;
const MAX_ARGUMENTS = 9;
const MAX_TARGETS = 8;
/** Texts that are expanded in one Makefile. */
const MAX_STEPS = 200_000;

export interface Rule {
  readonly targets: string;
  readonly prerequisites: string;
  readonly recipe: string[];
  readonly file: string;
  readonly line: number;
}

interface Line {
  readonly text: string;
  readonly number: number;
}

/** Lines with continuations joined. */
function logicalLines(text: string): Line[] {
  const out: Line[] = [];
  const raw = text.split('\n');
  for (let i = 0; i < raw.length; i++) {
    const number = i + 1;
    let line = raw[i]!;
    while (line.endsWith('\\') && i + 1 < raw.length) line = `${line.slice(0, -1)} ${raw[++i]!.replace(/^\s+/, '')}`;
    out.push({ text: line, number });
  }
  return out;
}

/** One reading of a Makefile with all that it includes. */
export class Makefile {
  readonly rules: Rule[] = [];
  readonly variables = new Map<string, string>();
  private included = 0;
  private calls = 0;
  private steps = 0;

  constructor(
    private readonly folder: string,
    private readonly root: string,
  ) {
    for (const [name, value] of [
      ['CURDIR', folder],
      ['PWD', folder],
      ['CC', 'cc'],
      ['MAKE', 'make'],
      ['srctree', root],
      ['top_srcdir', root],
      ['abs_top_srcdir', root],
      ['srcdir', folder],
      ['ARCH', 'x86'],
      ['SRCARCH', 'x86'],
    ])
      this.variables.set(name!, value!);
  }

  read(file: string, depth = 0): void {
    if (depth > MAX_DEPTH || this.included++ > MAX_INCLUDES || !existsSync(file)) return;
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > MAX_SIZE) return;
    this.variables.set('MAKEFILE_LIST', `${this.variables.get('MAKEFILE_LIST') ?? ''} ${file}`);
    /** Whether each open conditional holds, and whether one of its branches did. */
    const conditions: { on: boolean; done: boolean }[] = [];
    let rule: Rule | null = null;
    let define: { name: string; lines: string[] } | null = null;
    for (const { text, number } of logicalLines(readFileSync(file, 'utf8'))) {
      const opening: RegExpExecArray | null = define === null ? /^\s*define\s+([^\s:=+?]+)\s*[:+?]?=?\s*$/.exec(text) : null;
      if (opening !== null) {
        define = { name: opening[1]!, lines: [] };
        continue;
      }
      if (define !== null) {
        if (/^\s*endef\b/.test(text)) {
          if (conditions.every((c) => c.on)) this.variables.set(define.name, define.lines.join('\n').slice(0, MAX_TEXT));
          define = null;
        } else define.lines.push(text);
        continue;
      }
      if (text.startsWith('\t') && rule !== null) {
        if (conditions.every((c) => c.on)) rule.recipe.push(text.slice(1));
        continue;
      }
      const line = text.replace(/(^|[^\\])#.*$/, '$1').trim();
      if (line === '' || this.conditional(line, conditions)) continue;
      if (conditions.some((c) => !c.on)) continue;
      const include = /^[-s]?include\s+(.+)$/.exec(line);
      if (include !== null) {
        for (const name of words(this.expand(include[1]!))) {
          const at = path.resolve(this.folder, name);
          if (!name.includes(UNKNOWN) && (at.startsWith(this.root + path.sep) || at === this.root)) this.read(at, depth + 1);
        }
        continue;
      }
      if (this.assignment(line)) continue;
      const m = /^([^:=]+):{1,2}(?!=)\s*([^;]*)(?:;(.*))?$/.exec(line);
      rule =
        m === null || this.rules.length >= MAX_RULES
          ? null
          : { targets: m[1]!, prerequisites: m[2]!, recipe: m[3] === undefined ? [] : [m[3]], file, line: number };
      if (rule !== null && !/^\s*[\w.-]+\s*[:+?]?=/.test(rule.prerequisites)) this.rules.push(rule);
    }
  }

  private conditional(line: string, conditions: { on: boolean; done: boolean }[]): boolean {
    const m = /^(else\s+)?(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)$/.exec(line);
    if (m !== null) {
      const on = this.holds(m[2]!, m[3]!);
      const last = conditions.at(-1);
      if (m[1] === undefined || last === undefined) conditions.push({ on, done: on });
      else {
        last.on = !last.done && on;
        last.done ||= on;
      }
      return true;
    }
    if (/^else\b/.test(line)) {
      const last = conditions.at(-1);
      if (last !== undefined) {
        last.on = !last.done;
        last.done = true;
      }
      return true;
    }
    if (!/^endif\b/.test(line)) return false;
    conditions.pop();
    return true;
  }

  private holds(word: string, rest: string): boolean {
    if (word === 'ifdef' || word === 'ifndef') return ((this.variables.get(this.expand(rest).trim()) ?? '') !== '') === (word === 'ifdef');
    const m = /^\((.*),(.*)\)$/.exec(rest.trim()) ?? /^["'](.*)["']\s+["'](.*)["']$/.exec(rest.trim());
    if (m === null) return false;
    const [a, b] = [this.expand(m[1]!).trim(), this.expand(m[2]!).trim()];
    // what only a shell could say is taken as not empty, and as nothing else
    return (a === b) === (word === 'ifeq');
  }

  private assignment(line: string): boolean {
    const m =
      /^(?:(?:export|override|private)\s+)*([^\s:=+?!#]+)\s*(:{1,3}=|\+=|\?=|!=|=)\s*([\s\S]*)$/.exec(line) ??
      /^[^:=]+:\s*([\w.-]+)\s*(\+=|:=|=)\s*(.*)$/.exec(line);
    if (m === null) return /^(export|unexport|vpath|\.PHONY)\b/.test(line) && !line.includes(':');
    const [name, operator, value] = [this.expand(m[1]!), m[2]!, m[3]!];
    const old = this.variables.get(name);
    if (operator === '+=') this.variables.set(name, old === undefined ? value : `${old} ${value}`.slice(0, MAX_TEXT));
    else if (operator === '?=') {
      if (old === undefined) this.variables.set(name, value);
    } else if (operator === '!=') this.variables.set(name, UNKNOWN);
    else this.variables.set(name, operator === '=' ? value : this.expand(value));
    return true;
  }

  /** Text with variables and functions put in. */
  expand(text: string, automatic: ReadonlyMap<string, string> = new Map(), depth = 0): string {
    if (depth > MAX_DEPTH || ++this.steps > MAX_STEPS) return UNKNOWN;
    let out = '';
    for (let i = 0; i < text.length && out.length < MAX_TEXT; i++) {
      if (text[i] !== '$') {
        out += text[i]!;
        continue;
      }
      const next = text[++i] ?? '';
      if (next === '$') out += '$';
      else if (next === '(' || next === '{') {
        const close = closing(text, i);
        out += this.reference(text.slice(i + 1, close), automatic, depth + 1);
        i = close;
      } else out += automatic.get(next) ?? this.expand(this.variables.get(next) ?? '', automatic, depth + 1);
    }
    return out.slice(0, MAX_TEXT);
  }

  /** `$(call name,a,b)`: the variable's text with `$(1)` and `$(2)` put in. */
  private call([name = '', ...args]: readonly string[], automatic: ReadonlyMap<string, string>, depth: number): string {
    const body = this.variables.get(name.trim());
    if (body === undefined || this.calls >= MAX_CALLS) return UNKNOWN;
    this.calls += 1;
    const own = new Map<string, string>([...automatic, ['0', name.trim()]]);
    for (let i = 1; i <= MAX_ARGUMENTS; i++) own.set(String(i), args[i - 1] ?? '');
    return this.expand(body, own, depth);
  }

  private reference(inner: string, automatic: ReadonlyMap<string, string>, depth: number): string {
    const call = /^([a-z-]+)\s+([\s\S]*)$/.exec(inner);
    if (call !== null && call[1]! in FUNCTIONS) {
      const parts = splitArguments(call[2]!);
      const ask = (text: string): string => this.expand(text, automatic, depth);
      if (call[1] === 'call') return this.call(parts.map(ask), automatic, depth);
      return FUNCTIONS[call[1]!]!(parts, ask, this.folder, (name, value, body) =>
        this.expand(body, new Map([...automatic, [name, value]]), depth),
      );
    }
    const substitution = /^([^:]+):([^=]*)=(.*)$/.exec(inner);
    const name = this.expand(substitution === null ? inner : substitution[1]!, automatic, depth).trim();
    const own = automatic.get(name) ?? (/^[@<^?*+%][DF]$/.test(name) ? part(automatic.get(name[0]!) ?? '', name[1]!) : undefined);
    const value = own ?? (/^[\w.%@<^/-]+$/.test(name) ? this.expand(this.variables.get(name) ?? '', automatic, depth) : '');
    if (substitution === null) return value;
    const [from, to] = [substitution[2]!, substitution[3]!].map((p) => (p.includes('%') ? p : `%${p}`)) as [string, string];
    return substitute(from, to, value);
  }
}

function part(name: string, which: string): string {
  return which === 'D' ? path.posix.dirname(name) : path.posix.basename(name);
}

function closing(text: string, open: number): number {
  const pairs: Record<string, string> = { '(': ')', '{': '}' };
  const [from, to] = [text[open]!, pairs[text[open]!]!];
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === from) depth++;
    else if (text[i] === to && --depth === 0) return i;
  }
  return text.length;
}

/** Words of a command after the compiler's name, without what a shell puts around it. */
function commandWords(line: string): string[] {
  const commands = shellCommands(line.replace(/^[@+-]+/, '')).map(splitWords);
  return commands.find(targetsBpf) ?? [];
}

/** Whether a rule makes something of this file, and the part that `%` stands for. */
function concerns(make: Makefile, rule: Rule, relative: string): { target: string; stem: string } | null {
  const targets = words(make.expand(rule.targets));
  const base = path.posix.basename(relative);
  for (const p of words(make.expand(rule.prerequisites).split('|')[0]!)) {
    for (const name of [relative, `./${relative}`, base]) {
      const clean = name === base ? path.posix.basename(p) : p;
      const stem = clean.includes('%') || clean === name ? stemOf(clean, name) : null;
      if (stem !== null && /\.c$/.test(clean)) return { target: (targets[0] ?? '').replace('%', stem), stem };
    }
  }
  return null;
}

/** Names that make looks for by itself, in its order. */
export const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile'];

/** Targets that the Makefile's rules make of a source, as far as they can be read: those of a pattern, with the name put in. */
export function makeTargets(file: string, makefile: string, root: string): string[] {
  try {
    const make = new Makefile(path.dirname(makefile), root);
    make.read(makefile);
    const relative = path.relative(path.dirname(makefile), file).split(path.sep).join('/');
    const targets = make.rules.flatMap((rule) => concerns(make, rule, relative)?.target ?? []);
    return [...new Set(targets)].filter((t) => /^[\w./+@][\w./+@-]*$/.test(t)).slice(0, MAX_TARGETS);
  } catch {
    return [];
  }
}

/** Names of variables that hold a BPF compiler's arguments where no rule could be read. */
const BPF_FLAGS = /^(\w*BPF\w*(FLAGS|INCLUDES?|INCS?)|CLANG_(BPF_)?(SYS_)?(FLAGS|INCLUDES)|INCLUDES)$/i;

/** What a Makefile says of a file, best first. */
export function makeFlags(file: string, makefile: string, root: string): BuildFlags[] {
  const folder = path.dirname(makefile);
  const make = new Makefile(folder, root);
  make.read(makefile);
  const relative = path.relative(folder, file).split(path.sep).join('/');
  const exact: BuildFlags[] = [];
  const others: BuildFlags[] = [];
  for (const rule of make.rules) {
    if (!rule.recipe.some((l) => /\bbpf|\$[({](call\b|\w*(BPF|CLANG|CC|cmd|rule|compile|build))/i.test(l))) continue;
    const own = concerns(make, rule, relative);
    const automatic = new Map([
      ['@', own?.target ?? ''],
      ['<', relative],
      ['^', relative],
      ['*', own?.stem ?? ''],
      ['?', relative],
      ['+', relative],
    ]);
    for (const line of rule.recipe) {
      const command = commandWords(make.expand(line, automatic));
      if (command.length === 0) continue;
      (own === null ? others : exact).push({
        kind: 'make',
        file: rule.file,
        line: rule.line,
        args: keepFlags(command, folder),
        exact: own !== null,
      });
    }
  }
  const named = [...make.variables.keys()].filter((n) => BPF_FLAGS.test(n) && n !== 'INCLUDES');
  const byName = named.flatMap((n) => keepFlags(splitWords(make.expand(make.variables.get(n)!)), folder));
  const last: BuildFlags[] = byName.length === 0 ? [] : [{ kind: 'make', file: makefile, line: 0, args: byName, exact: false }];
  return [...exact, ...others, ...last];
}
