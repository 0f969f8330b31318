// SPDX-License-Identifier: GPL-2.0-only
/**
 * What sources say of their programs, in the comment right above each SEC(): the one reader of it. Examples say it in a line, `accept: why` or
 * `reject: part of the message`; programs of several policies in a line a policy (see {@link policyExpectations}).
 */

/** A program and the comment above its SEC(). */
interface Commented {
  readonly program: string;
  readonly comment: string;
  /** Lines of the function, 0-based, `end` included. */
  readonly start: number;
  readonly end: number;
}

export interface Verdict {
  readonly verdict: 'accept' | 'reject';
  /** Part of the last line of the message; '' for accept. */
  readonly message: string;
}

export interface Expected extends Commented, Verdict {}

/** What one policy has to say; `*` stands for all that are not named. */
export interface PolicyExpectation extends Verdict {
  readonly policy: string;
}

export interface HazardExpectation {
  readonly release: string;
  /** '' if there must be none. */
  readonly id: string;
}

export interface PolicyExpectations {
  readonly program: string;
  readonly expectations: readonly PolicyExpectation[];
  readonly rows: readonly string[];
  readonly hazards: readonly HazardExpectation[];
}

const COMMENTED = /\/\*((?:(?!\*\/)[\s\S])*)\*\/\nSEC\("\??[^"]*"\)\n(?=int (\w+)\()/g;

function commented(text: string): Commented[] {
  const lines = text.split('\n');
  return [...text.matchAll(COMMENTED)].map((m) => {
    const start = text.slice(0, m.index + m[0].length).split('\n').length - 1;
    return { program: m[2]!, comment: m[1]!, start, end: lines.findIndex((line, i) => i > start && line === '}') };
  });
}

/** What a source says of its programs in a line each, perhaps after a policy's name. Comments that say nothing of a verdict are passed by. */
export function expectations(text: string): Expected[] {
  return commented(text).flatMap((c) => {
    const m = /^ (?:[\w-]+: )?(accept|reject)(?:[:,] ?([^*]*?))?\.? ?$/.exec(c.comment);
    if (m === null) return [];
    const verdict = m[1] === 'reject' ? 'reject' : 'accept';
    return [{ ...c, verdict, message: verdict === 'reject' ? (m[2] ?? '').trim() : '' }];
  });
}

/** `@expect POLICY[,POLICY] accept` or `@expect * reject "part of the message"`. Throws for one that it cannot read. */
function policyLines(where: string, comment: string, policies: readonly string[]): PolicyExpectation[] {
  const said = new Map<string, Verdict>();
  for (const line of comment.split('\n').filter((l) => l.includes('@expect'))) {
    const m = /@expect (\S+) (accept|reject)(?: "(.*)")?\s*$/.exec(line);
    if (m === null || (m[2] === 'reject') !== (m[3] !== undefined)) throw new Error(`${where}: cannot read: ${line.trim()}`);
    for (const policy of m[1]!.split(',')) said.set(policy, { verdict: m[2] === 'reject' ? 'reject' : 'accept', message: m[3] ?? '' });
  }
  const rest = said.get('*');
  said.delete('*');
  for (const policy of policies) if (rest !== undefined && !said.has(policy)) said.set(policy, rest);
  const missing = policies.filter((p) => !said.has(p));
  if (missing.length > 0) throw new Error(`${where}: nothing is expected under ${missing.join(', ')}`);
  return [...said].map(([policy, verdict]) => ({ policy, ...verdict }));
}

/**
 * What a source expects of its programs under several policies: `@expect`, `@row` (of the table that it belongs to), `@hazard RELEASE ID` and
 * `@no-hazard RELEASE`. `@policies` names those of a file; `usual` are those of files that name none. Throws for what it cannot read, and for a
 * policy of which nothing is said.
 */
export function policyExpectations(file: string, text: string, usual: readonly string[]): PolicyExpectations[] {
  const named = /@policies ([\w., -]+)/.exec(text)?.[1];
  const policies = named?.split(/[ ,]+/).filter((p) => p !== '') ?? usual;
  return commented(text).map(({ program, comment }) => ({
    program,
    expectations: policyLines(`${file}: ${program}`, comment, policies),
    rows: [...comment.matchAll(/@row (.*)/g)].flatMap((r) => r[1]!.trim().split(/\s+/)),
    hazards: [
      ...[...comment.matchAll(/@hazard (\S+) (\S+)/g)].map((h) => ({ release: h[1]!, id: h[2]! })),
      ...[...comment.matchAll(/@no-hazard (\S+)/g)].map((h) => ({ release: h[1]!, id: '' })),
    ],
  }));
}
