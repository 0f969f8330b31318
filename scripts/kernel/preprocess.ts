// SPDX-License-Identifier: GPL-2.0-only
/**
 * As much of the C preprocessor as reading tables needs: comments go, spliced lines are joined, conditionals are decided
 * by the kernel configuration. Macros are left unexpanded, `#define` lines stay.
 */

/** Kernel configuration, CONFIG_X → value; absent = not set. */
export type Config = ReadonlyMap<string, string>;

/** C text without comments; line breaks are kept so that positions still mean lines. */
export function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g, (m) =>
    m.startsWith('/*') ? m.replace(/[^\n]+/g, ' ') : m.startsWith('//') ? '' : m,
  );
}

/** Value of a preprocessor condition; names that are neither options nor defined count as 0. */
export function evaluateCondition(text: string, config: Config, defined: ReadonlySet<string>): boolean {
  const tokens = text.match(/[A-Za-z_]\w*|0[xX][0-9a-fA-F]+|\d+|&&|\|\||[<>=!]=|[()!<>,+\-*]/g) ?? [];
  let at = 0;
  const isY = (name: string): boolean => config.get(name) === 'y';
  const isM = (name: string): boolean => config.get(name) === 'm';
  const isDefined = (name: string): boolean =>
    defined.has(name) || (config.has(name) && !isM(name)) || (name.endsWith('_MODULE') && isM(name.slice(0, -7)));
  const take = (): string => tokens[at++] ?? '';
  const argument = (): string => {
    const paren = tokens[at] === '(';
    if (paren) at++;
    const name = take();
    if (paren) at++;
    return name;
  };
  const primary = (): number => {
    const t = take();
    if (t === '!') return primary() === 0 ? 1 : 0;
    if (t === '-') return -primary();
    if (t === '(') {
      const v = or();
      at++;
      return v;
    }
    if (/^\d/.test(t)) return Number(t);
    if (t === 'defined') return isDefined(argument()) ? 1 : 0;
    if (t === 'IS_ENABLED' || t === 'IS_REACHABLE') {
      const a = argument();
      return isY(a) || isM(a) ? 1 : 0;
    }
    if (t === 'IS_BUILTIN') return isY(argument()) ? 1 : 0;
    if (t === 'IS_MODULE') return isM(argument()) ? 1 : 0;
    if (tokens[at] === '(') {
      let depth = 0;
      do {
        const p = take();
        if (p === '(') depth++;
        if (p === ')') depth--;
      } while (depth > 0 && at < tokens.length);
      return 0;
    }
    const option = config.get(t);
    if (option === undefined) return 0;
    return option === 'y' ? 1 : Number(option) || 0;
  };
  const compare = (): number => {
    let left = primary();
    for (;;) {
      const op = tokens[at];
      if (op === undefined || !/^([<>]=?|[=!]=)$/.test(op)) return left;
      at++;
      const right = primary();
      const truth =
        op === '<'
          ? left < right
          : op === '>'
            ? left > right
            : op === '<='
              ? left <= right
              : op === '>='
                ? left >= right
                : op === '=='
                  ? left === right
                  : left !== right;
      left = truth ? 1 : 0;
    }
  };
  const and = (): number => {
    let left = compare();
    while (tokens[at] === '&&') {
      at++;
      const right = compare();
      left = left !== 0 && right !== 0 ? 1 : 0;
    }
    return left;
  };
  function or(): number {
    let left = and();
    while (tokens[at] === '||') {
      at++;
      const right = and();
      left = left !== 0 || right !== 0 ? 1 : 0;
    }
    return left;
  }
  return or() !== 0;
}

/** Text with conditionals decided: lines of branches not taken are blank. */
export function decideConditionals(text: string, config: Config): string {
  const defined = new Set(['__KERNEL__', '__x86_64__']);
  /** Per nesting level: whether this branch is live, and whether an earlier branch of it was. */
  const stack: { live: boolean; taken: boolean; outer: boolean }[] = [];
  let live = true;
  const out: string[] = [];
  const joined = text.replace(/\\\n/g, ' \u0001');
  for (const raw of joined.split('\n')) {
    const spliced = raw.split('\u0001').length - 1;
    const line = raw.replaceAll('\u0001', ' ');
    const m = /^\s*#\s*(ifdef|ifndef|if|elif|else|endif|define|undef|include|error|warning|pragma|line)\b(.*)$/.exec(line);
    let kept = live ? line : '';
    if (m) {
      const directive = m[1]!;
      const rest = m[2]!.trim();
      kept = '';
      if (directive === 'ifdef' || directive === 'ifndef' || directive === 'if') {
        const truth =
          directive === 'if'
            ? evaluateCondition(rest, config, defined)
            : evaluateCondition(`defined(${rest.split(/\s/)[0] ?? ''})`, config, defined) === (directive === 'ifdef');
        stack.push({ live, taken: truth, outer: live });
        live = live && truth;
      } else if (directive === 'elif' || directive === 'else') {
        const top = stack.at(-1);
        if (top) {
          const truth = !top.taken && (directive === 'else' || evaluateCondition(rest, config, defined));
          live = top.outer && truth;
          top.taken ||= truth;
        }
      } else if (directive === 'endif') {
        live = stack.pop()?.outer ?? true;
      } else if (live) {
        if (directive === 'define') defined.add(/^\w+/.exec(rest)?.[0] ?? '');
        if (directive === 'undef') defined.delete(/^\w+/.exec(rest)?.[0] ?? '');
        if (directive !== 'include') kept = line;
      }
    }
    out.push(kept);
    for (let i = 0; i < spliced; i++) out.push('');
  }
  return out.join('\n');
}
