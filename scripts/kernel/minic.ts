// SPDX-License-Identifier: GPL-2.0-only
/** A parser for the small C that table functions are written in: declarations, assignments, if, switch, return. */
import { matching } from './source';

export type Expr =
  | { readonly k: 'id'; readonly name: string }
  | { readonly k: 'num'; readonly value: number }
  | { readonly k: 'addr'; readonly of: Expr }
  | { readonly k: 'not'; readonly of: Expr }
  /** Member path, `prog->aux->attach_btf_id`. */
  | { readonly k: 'path'; readonly names: readonly string[] }
  | { readonly k: 'call'; readonly fn: string; readonly args: readonly Expr[]; readonly text: string }
  | { readonly k: 'bin'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly k: 'cond'; readonly test: Expr; readonly yes: Expr; readonly no: Expr };

export type Stmt =
  | { readonly k: 'block'; readonly body: readonly Stmt[] }
  | { readonly k: 'assign'; readonly name: string; readonly value: Expr | null }
  | { readonly k: 'if'; readonly test: Expr; readonly yes: Stmt; readonly no: Stmt | null }
  | { readonly k: 'switch'; readonly on: Expr; readonly body: readonly (Stmt | { readonly k: 'label'; readonly value: Expr | null })[] }
  | { readonly k: 'return'; readonly value: Expr }
  | { readonly k: 'break' }
  | { readonly k: 'skip' };

export interface CFunction {
  readonly name: string;
  readonly weak: boolean;
  readonly params: readonly string[];
  readonly body: Stmt;
  /** Text of the body. */
  readonly text: string;
}

const TYPE_WORD = /^(const|struct|enum|bool|u32|u64|int|unsigned|static|void)$/;

class Parser {
  readonly #t: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#t = text.match(/"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|0[xX][0-9a-fA-F]+|\d+|->|&&|\|\||[=!<>]=|<<|>>|\S/g) ?? [];
  }

  #peek(): string {
    return this.#t[this.#at] ?? '';
  }
  #take(): string {
    return this.#t[this.#at++] ?? '';
  }
  #expect(s: string): void {
    const got = this.#take();
    if (got !== s) throw new Error(`expected '${s}', found '${got}' near ${this.#t.slice(this.#at - 6, this.#at + 6).join(' ')}`);
  }
  /** Skips to after the next `;` at this nesting. */
  #skipStatement(): void {
    let depth = 0;
    for (;;) {
      const t = this.#take();
      if (t === '(' || t === '{' || t === '[') depth++;
      if (t === ')' || t === '}' || t === ']') depth--;
      if ((t === ';' && depth === 0) || t === '') return;
    }
  }

  block(): Stmt {
    this.#expect('{');
    const body: Stmt[] = [];
    while (this.#peek() !== '}') body.push(this.statement());
    this.#take();
    return { k: 'block', body };
  }

  statement(): Stmt {
    const t = this.#peek();
    if (t === '{') return this.block();
    if (t === ';') {
      this.#take();
      return { k: 'skip' };
    }
    if (t === 'return') {
      this.#take();
      const value = this.expr();
      this.#expect(';');
      return { k: 'return', value };
    }
    if (t === 'break') {
      this.#take();
      this.#expect(';');
      return { k: 'break' };
    }
    if (t === 'if') {
      this.#take();
      this.#expect('(');
      const test = this.expr();
      this.#expect(')');
      const yes = this.statement();
      let no: Stmt | null = null;
      if (this.#peek() === 'else') {
        this.#take();
        no = this.statement();
      }
      return { k: 'if', test, yes, no };
    }
    if (t === 'switch') return this.#switch();
    if (TYPE_WORD.test(t)) {
      let name = '';
      while (this.#peek() !== ';' && this.#peek() !== '=' && this.#peek() !== '') {
        const w = this.#take();
        if (/^[A-Za-z_]\w*$/.test(w)) name = w;
      }
      if (this.#take() === ';') return { k: 'assign', name, value: null };
      const value = this.expr();
      this.#expect(';');
      return { k: 'assign', name, value };
    }
    if (/^[A-Za-z_]\w*$/.test(t) && this.#t[this.#at + 1] === '=') {
      this.#take();
      this.#take();
      const value = this.expr();
      this.#expect(';');
      return { k: 'assign', name: t, value };
    }
    this.#skipStatement();
    return { k: 'skip' };
  }

  #switch(): Stmt {
    this.#take();
    this.#expect('(');
    const on = this.expr();
    this.#expect(')');
    this.#expect('{');
    const body: (Stmt | { readonly k: 'label'; readonly value: Expr | null })[] = [];
    while (this.#peek() !== '}') {
      if (this.#peek() === 'case') {
        this.#take();
        const value = this.#ternaryFree();
        this.#expect(':');
        body.push({ k: 'label', value });
      } else if (this.#peek() === 'default') {
        this.#take();
        this.#expect(':');
        body.push({ k: 'label', value: null });
      } else body.push(this.statement());
    }
    this.#take();
    return { k: 'switch', on, body };
  }

  expr(): Expr {
    const test = this.#ternaryFree();
    if (this.#peek() !== '?') return test;
    this.#take();
    const yes = this.expr();
    this.#expect(':');
    return { k: 'cond', test, yes, no: this.expr() };
  }
  #ternaryFree(): Expr {
    return this.#binary(0);
  }
  #binary(level: number): Expr {
    const ops = [['||'], ['&&'], ['|'], ['&'], ['==', '!='], ['<', '>', '<=', '>=']][level];
    if (ops === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (ops.includes(this.#peek())) {
      const op = this.#take();
      left = { k: 'bin', op, left, right: this.#binary(level + 1) };
    }
    return left;
  }
  #unary(): Expr {
    const t = this.#take();
    if (t === '!') return { k: 'not', of: this.#unary() };
    if (t === '&') return { k: 'addr', of: this.#unary() };
    if (t === '-') {
      const of = this.#unary();
      return of.k === 'num' ? { k: 'num', value: -of.value } : of;
    }
    if (t === '(') {
      const e = this.expr();
      this.#expect(')');
      return e;
    }
    if (/^\d/.test(t)) return { k: 'num', value: Number(t) };
    if (this.#peek() === '(') {
      const from = this.#at;
      if (t === 'offsetof') {
        while (this.#take() !== ')');
        return { k: 'call', fn: t, args: [], text: this.#t.slice(from + 1, this.#at - 1).join(' ') };
      }
      this.#take();
      const args: Expr[] = [];
      while (this.#peek() !== ')') {
        args.push(this.expr());
        if (this.#peek() === ',') this.#take();
      }
      this.#take();
      return { k: 'call', fn: t, args, text: this.#t.slice(from + 1, this.#at - 1).join(' ') };
    }
    const names = [t];
    while (this.#peek() === '->' || this.#peek() === '.' || this.#peek() === '[') {
      if (this.#take() === '[') while (this.#take() !== ']');
      else names.push(this.#take());
    }
    return names.length === 1 ? { k: 'id', name: t } : { k: 'path', names };
  }
}

/** Definition of a function in a file's text, null if the file has none. */
export function parseFunction(text: string, name: string): CFunction | null {
  for (const m of text.matchAll(new RegExp(`\\b${name}\\s*\\(`, 'g'))) {
    const open = m.index + m[0].length - 1;
    const close = matching(text, open);
    const after = /^\s*\{/.exec(text.slice(close));
    if (!after) continue;
    const start = close + after[0].length - 1;
    const before = text.slice(0, m.index);
    const head = before.slice(Math.max(before.lastIndexOf(';'), before.lastIndexOf('}')) + 1);
    if (/[=(,]|\breturn\b/.test(head.replace(/__attribute__\(\(.*?\)\)/g, ''))) continue;
    const body = text.slice(start, matching(text, start));
    const params = text
      .slice(open + 1, close - 1)
      .split(',')
      .map((p) => /(\w+)\s*$/.exec(p.trim())?.[1] ?? '');
    return { name, weak: /\b__weak\b/.test(head), params, body: new Parser(body).block(), text: body };
  }
  return null;
}
