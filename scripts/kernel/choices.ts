// SPDX-License-Identifier: GPL-2.0-only
/** `get_func_proto` functions → choices, by running them with the helper fixed and the program unknown. */
import type { Choice, ChoiceTable, Condition } from '../../src/kernel/choice';
import { parseFunction, type CFunction, type Expr, type Stmt } from './minic';
import type { KernelSource } from './source';

/** Calls and variables that the tables take for granted. */
const ASSUMED: ReadonlyMap<string, Value> = new Map<string, Value>([
  // Kernel lockdown is off.
  ['security_locked_down', { k: 'num', value: 0 }],
  // Both storage prototypes that it chooses between are the same for the verifier.
  ['bpf_prog_check_recur', { k: 'bool', value: true }],
  // Tunnel metadata could be allocated.
  ['md_dst', { k: 'bool', value: true }],
]);

/** Tests of a capability by a function of its own (`include/linux/capability.h`, `kernel/bpf/verifier.c`). */
const CAPABILITY_TESTS: ReadonlyMap<string, string> = new Map([
  ['bpf_capable', 'BPF'],
  ['perfmon_capable', 'PERFMON'],
]);

type Value =
  | { readonly k: 'choice'; readonly value: Choice }
  | { readonly k: 'bool'; readonly value: Condition }
  | { readonly k: 'num'; readonly value: number }
  | { readonly k: 'const'; readonly name: string }
  | { readonly k: 'attr'; readonly name: 'helper' | 'attach' | 'type' | 'member' | 'hook' | 'token' | 'prog' }
  | { readonly k: 'offset'; readonly struct: string; readonly member: string };

type Env = ReadonlyMap<string, Value>;

/** Finds function definitions by name, strong ones before weak ones. */
export class FunctionIndex {
  readonly #found = new Map<string, CFunction | null>();

  constructor(
    private readonly source: KernelSource,
    private readonly files: readonly string[],
  ) {}

  get(name: string): CFunction | null {
    let f = this.#found.get(name);
    if (f === undefined) {
      const all = this.files
        .filter((p) => this.source.text(p).includes(name))
        .map((p) => parseFunction(this.source.text(p), name))
        .filter((x) => x !== null);
      f = all.find((x) => !x.weak) ?? all[0] ?? null;
      this.#found.set(name, f);
    }
    return f;
  }
}

function and(a: Condition, b: Condition): Condition {
  return a === false || b === false ? false : a === true ? b : b === true ? a : ['and', a, b];
}
function or(a: Condition, b: Condition): Condition {
  if (a === true || b === true) return true;
  if (a === false) return b;
  if (b === false) return a;
  if (Array.isArray(a) && Array.isArray(b) && (a[0] === 'attach' || a[0] === 'type') && a[0] === b[0]) {
    return [...a, ...b.slice(1)] as unknown as Condition;
  }
  return ['or', a, b];
}
function not(a: Condition): Condition {
  if (typeof a === 'boolean') return !a;
  return a[0] === 'not' ? a[1] : ['not', a];
}
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
function select(test: Condition, yes: Choice, no: Choice): Choice {
  if (test === true || same(yes, no)) return yes;
  if (test === false) return no;
  if (Array.isArray(test) && test[0] === 'some' && same(test[1], yes)) return no === null ? yes : ['or', yes, no];
  if (Array.isArray(test) && test[0] === 'not') return select(test[1], no, yes);
  return ['if', test, yes, no];
}

class Runner {
  constructor(
    private readonly functions: FunctionIndex,
    /** Helper without `bpf_`, or null for one that no case names. */
    private readonly helper: string | null,
    private readonly fn: CFunction,
  ) {}

  condition(v: Value): Condition {
    switch (v.k) {
      case 'bool':
        return v.value;
      case 'num':
        return v.value !== 0;
      case 'choice':
        return v.value === null ? false : typeof v.value === 'string' ? true : ['some', v.value];
      default:
        throw new Error(`${this.fn.name}: no truth in ${v.k}`);
    }
  }
  choice(v: Value): Choice {
    if (v.k === 'choice') return v.value;
    throw new Error(`${this.fn.name}: no prototype in ${v.k}`);
  }

  equal(a: Value, b: Value): Condition {
    const [x, y] = a.k === 'attr' ? [a, b] : [b, a];
    if (x.k !== 'attr') throw new Error(`${this.fn.name}: comparison of ${a.k} and ${b.k}`);
    if (x.name === 'helper' && y.k === 'const') return y.name === `BPF_FUNC_${this.helper ?? ''}`;
    if (x.name === 'attach' && y.k === 'const') return ['attach', y.name];
    if (x.name === 'type' && y.k === 'const') return ['type', y.name];
    if (x.name === 'member' && y.k === 'offset') return ['member', y.struct, y.member];
    throw new Error(`${this.fn.name}: comparison of ${x.name}`);
  }

  eval(e: Expr, env: Env): Value {
    switch (e.k) {
      case 'num':
        return { k: 'num', value: e.value };
      case 'id': {
        const v = env.get(e.name) ?? ASSUMED.get(e.name);
        if (v) return v;
        if (e.name === 'NULL') return { k: 'choice', value: null };
        if (e.name === 'true' || e.name === 'false') return { k: 'bool', value: e.name === 'true' };
        return { k: 'const', name: e.name };
      }
      case 'path': {
        const path = e.names.slice(1).join('.');
        if (path === 'sleepable') return { k: 'bool', value: ['sleepable'] };
        if (path === 'expected_attach_type') return { k: 'attr', name: 'attach' };
        if (path === 'type') return { k: 'attr', name: 'type' };
        if (path === 'aux.token') return { k: 'attr', name: 'token' };
        if (path === 'aux.attach_btf_id') return { k: 'attr', name: 'hook' };
        throw new Error(`${this.fn.name}: ${e.names.join('->')}`);
      }
      case 'addr': {
        if (e.of.k !== 'id') throw new Error(`${this.fn.name}: address of ${e.of.k}`);
        return e.of.name.includes('_proto') ? { k: 'choice', value: e.of.name } : { k: 'const', name: e.of.name };
      }
      case 'not':
        return { k: 'bool', value: not(this.condition(this.eval(e.of, env))) };
      case 'cond': {
        const test = this.condition(this.eval(e.test, env));
        return { k: 'choice', value: select(test, this.choice(this.eval(e.yes, env)), this.choice(this.eval(e.no, env))) };
      }
      case 'bin': {
        const left = this.eval(e.left, env);
        if (e.op === '&&' || e.op === '||') {
          const l = this.condition(left);
          const r = this.condition(this.eval(e.right, env));
          return { k: 'bool', value: e.op === '&&' ? and(l, r) : or(l, r) };
        }
        const right = this.eval(e.right, env);
        if (left.k === 'num' && right.k === 'num')
          return { k: 'bool', value: e.op === '<' ? left.value < right.value : left.value === right.value };
        const eq = this.equal(left, right);
        return { k: 'bool', value: e.op === '==' ? eq : not(eq) };
      }
      case 'call':
        return this.call(e, env);
    }
  }

  call(e: Expr & { k: 'call' }, env: Env): Value {
    const assumed = ASSUMED.get(e.fn);
    if (assumed) return assumed;
    if (e.fn === 'offsetof') {
      const m = /struct (\w+) , (\w+)/.exec(e.text);
      if (m) return { k: 'offset', struct: m[1]!, member: m[2]! };
    }
    if (e.fn === 'prog_ops_moff') return { k: 'attr', name: 'member' };
    const args = e.args.map((a) => this.eval(a, env));
    if (e.fn === 'bpf_token_capable') {
      const cap = args[1];
      if (cap?.k === 'const') return { k: 'bool', value: ['cap', cap.name.replace(/^CAP_/, '')] };
    }
    const capability =
      CAPABILITY_TESTS.get(e.fn) ?? (e.fn === 'capable' && args[0]?.k === 'const' ? args[0].name.replace(/^CAP_/, '') : undefined);
    if (capability !== undefined) return { k: 'bool', value: ['cap', capability] };
    if (e.fn === 'btf_id_set_contains') {
      const list = args[0];
      if (list?.k === 'const') return { k: 'bool', value: ['hook', list.name] };
    }
    if (e.fn === 'bpf_iter_get_func_proto') return { k: 'choice', value: ['call', e.fn] };
    const callee = this.functions.get(e.fn);
    if (!callee) throw new Error(`${this.fn.name}: ${e.fn} has no definition`);
    const chooser = args.length === 2 || e.fn.endsWith('_func_proto');
    if (chooser && args[0]?.k === 'attr' && args[0].name === 'helper') return { k: 'choice', value: ['call', e.fn] };
    const inner = new Runner(this.functions, this.helper, callee);
    return inner.run(new Map(callee.params.map((p, i): [string, Value] => [p, args[i] ?? { k: 'attr', name: 'prog' }])));
  }

  /** What the function returns, given its arguments. */
  run(env: Env): Value {
    const result = this.exec(
      [this.fn.body],
      env,
      () => null,
      () => null,
    );
    if (result === null) throw new Error(`${this.fn.name}: falls off its end`);
    return result;
  }

  /** Runs statements; `next` continues after them, `leave` after the enclosing switch. */
  exec(body: readonly Stmt[], env: Env, next: (env: Env) => Value | null, leave: (env: Env) => Value | null): Value | null {
    const s = body[0];
    if (s === undefined) return next(env);
    const rest = (e: Env): Value | null => this.exec(body.slice(1), e, next, leave);
    switch (s.k) {
      case 'skip':
        return rest(env);
      case 'block':
        return this.exec(s.body, env, rest, leave);
      case 'assign':
        if (s.value === null) return rest(env);
        return rest(new Map([...env, [s.name, this.eval(s.value, env)]]));
      case 'return':
        return this.eval(s.value, env);
      case 'break':
        return leave(env);
      case 'if': {
        const test = this.condition(this.eval(s.test, env));
        const yes = (): Value | null => this.exec([s.yes], env, rest, leave);
        const no = (): Value | null => (s.no === null ? rest(env) : this.exec([s.no], env, rest, leave));
        if (typeof test === 'boolean') return test ? yes() : no();
        return this.join(test, yes(), no());
      }
      case 'switch': {
        const on = this.eval(s.on, env);
        const from = (at: number): Value | null =>
          this.exec(
            s.body.slice(at).filter((x): x is Stmt => x.k !== 'label'),
            env,
            rest,
            rest,
          );
        let fallback = s.body.length;
        const arms: { test: Condition; at: number }[] = [];
        s.body.forEach((x, at) => {
          if (x.k !== 'label') return;
          if (x.value === null) {
            fallback = at;
            return;
          }
          const test = this.equal(on, this.eval(x.value, env));
          const last = arms.at(-1);
          if (last && s.body.slice(last.at, at).every((y) => y.k === 'label')) last.test = or(last.test, test);
          else arms.push({ test, at });
        });
        return arms.reduceRight<() => Value | null>(
          (otherwise, arm) => () => {
            if (arm.test === true) return from(arm.at);
            if (arm.test === false) return otherwise();
            return this.join(arm.test, from(arm.at), otherwise());
          },
          () => from(fallback),
        )();
      }
    }
  }

  join(test: Condition, yes: Value | null, no: Value | null): Value {
    if (yes?.k === 'choice' && no?.k === 'choice') return { k: 'choice', value: select(test, yes.value, no.value) };
    if (yes?.k === 'bool' && no?.k === 'bool') {
      if (yes.value === true && no.value === false) return { k: 'bool', value: test };
      if (no.value === false) return { k: 'bool', value: and(test, yes.value) };
      if (yes.value === true) return { k: 'bool', value: or(test, no.value) };
      return { k: 'bool', value: ['if', test, yes.value, no.value] };
    }
    throw new Error(`${this.fn.name}: branches differ in kind`);
  }
}

/** Choices of a `get_func_proto` function and of all that it calls, added to `into`. */
export function collectChoices(name: string, functions: FunctionIndex, into: Map<string, ChoiceTable>): void {
  if (name === '' || into.has(name) || name === 'bpf_iter_get_func_proto') return;
  const fn = functions.get(name);
  if (!fn) throw new Error(`no definition of ${name}`);
  const forHelper = (helper: string | null): Choice => {
    const env: Env = new Map<string, Value>([
      [fn.params[0]!, { k: 'attr', name: 'helper' }],
      [fn.params[1]!, { k: 'attr', name: 'prog' }],
    ]);
    const v = new Runner(functions, helper, fn).run(env);
    if (v.k !== 'choice') throw new Error(`${name} yields ${v.k}`);
    return v.value;
  };
  const other = forHelper(null);
  const cases: Record<string, Choice> = {};
  for (const [, helper] of fn.text.matchAll(/\bBPF_FUNC_(\w+)/g)) {
    const c = forHelper(helper!);
    if (!same(c, other)) cases[helper!] = c;
  }
  into.set(name, { cases, other });
  const called = new Set([...JSON.stringify({ cases, other }).matchAll(/\["call","(\w+)"\]/g)].map((m) => m[1]!));
  for (const c of called) collectChoices(c, functions, into);
}
