// SPDX-License-Identifier: GPL-2.0-only
/** How far our answers are the kernel's. */
import { lineShape } from './logdiff';
import { keyOf, lastLine, type Ours, type Truth } from './truth';

/** Kinds of disagreement, the gravest first. */
export const KINDS = [
  'false accept',
  'false reject',
  'error',
  'unknown',
  'missing',
  'message',
  'insn',
  'processed',
  'states',
  'log',
  'policy',
  'explained',
  'caused',
] as const;
export type Kind = (typeof KINDS)[number];

/** One disagreement. */
export interface Finding {
  readonly kind: Kind;
  readonly object: string;
  readonly program: string;
  /** What those with the same cause have in common. */
  readonly cause: string;
  readonly kernel: string;
  readonly ours: string;
}

/** Counts over one set. */
export interface Score {
  counted: number;
  agree: number;
  falseAccept: number;
  falseReject: number;
  unknown: number;
  error: number;
  missing: number;
  /** Of the agreed rejections. */
  rejects: number;
  message: number;
  insnOf: number;
  insn: number;
  /** Of all agreed. */
  processed: number;
  states: number;
  logOf: number;
  log: number;
  policyOf: number;
  policy: number;
  explainedOf: number;
  /** With a reason, a suggestion and a place. */
  explained: number;
  /** With an event that led to it. */
  caused: number;
}

export interface Scored {
  readonly score: Score;
  readonly findings: readonly Finding[];
}

/** Numbers out, so that messages with different registers and offsets fall in one group. */
function shape(message: string): string {
  return message
    .replace(/0x[0-9a-f]+/g, 'N')
    .replace(/-?\d+/g, 'N')
    .slice(0, 150);
}

/** Ratio as a word, so that counters that are off by a little are told from explosions. */
function drift(kernel: number, ours: number): string {
  const ratio = ours / Math.max(1, kernel);
  const size = ratio > 2 || ratio < 0.5 ? 'far' : ratio > 1.1 || ratio < 0.9 ? 'well' : 'a little';
  return `${size} ${ours > kernel ? 'above' : 'below'}`;
}

/** Compares rows pair by pair (object and program). */
export function score(truth: readonly Truth[], ours: ReadonlyMap<string, Ours>): Scored {
  const s: Score = {
    counted: truth.length,
    agree: 0,
    falseAccept: 0,
    falseReject: 0,
    unknown: 0,
    error: 0,
    missing: 0,
    rejects: 0,
    message: 0,
    insnOf: 0,
    insn: 0,
    processed: 0,
    states: 0,
    logOf: 0,
    log: 0,
    policyOf: 0,
    policy: 0,
    explainedOf: 0,
    explained: 0,
    caused: 0,
  };
  const findings: Finding[] = [];
  for (const t of truth) {
    const o = ours.get(keyOf(t));
    const theirs = lastLine(t.message);
    const add = (kind: Kind, cause: string, kernel: string, mine: string): void => {
      findings.push({ kind, object: t.object, program: t.program, cause, kernel, ours: mine });
    };
    const said = t.verdict === 'accept' ? 'accept' : `reject: ${theirs}`;
    if (o?.otherPolicy !== undefined) {
      s.policyOf++;
      if (o.otherPolicy === '') s.policy++;
      else add('policy', shape(o.otherPolicy), said, o.otherPolicy);
    }
    if (o?.explained !== undefined) {
      const { reason, place, cause } = o.explained;
      s.explainedOf++;
      if (reason && place) s.explained++;
      else add('explained', reason ? 'no place' : 'no reason', said, lastLine(o.message));
      if (cause) s.caused++;
      else add('caused', shape(lastLine(o.message)), said, lastLine(o.message));
    }
    if (o === undefined) {
      s.missing++;
      add('missing', 'no row', said, '');
    } else if (o.verdict === 'unknown') {
      s.unknown++;
      add('unknown', shape(o.reason), said, o.reason);
    } else if (o.verdict === 'error') {
      s.error++;
      add('error', shape(o.message), said, o.message);
    } else if (o.verdict !== t.verdict) {
      if (o.verdict === 'accept') {
        s.falseAccept++;
        add('false accept', shape(theirs), said, 'accept');
      } else {
        s.falseReject++;
        add('false reject', shape(lastLine(o.message)), said, `reject: ${lastLine(o.message)}`);
      }
    } else agreed(t, o, s, add);
  }
  return { score: s, findings };
}

/** Compares what else rows of the same verdict say. */
function agreed(t: Truth, o: Ours, s: Score, add: (kind: Kind, cause: string, kernel: string, ours: string) => void): void {
  s.agree++;
  if (t.verdict === 'reject') {
    const [theirs, mine] = [lastLine(t.message), lastLine(o.message)];
    s.rejects++;
    if (mine === theirs) s.message++;
    else add('message', `${shape(theirs)}  <>  ${shape(mine)}`, theirs, mine);
    if (t.insn !== null) {
      s.insnOf++;
      if (o.insn === t.insn) s.insn++;
      else add('insn', shape(theirs), String(t.insn), String(o.insn));
    }
  }
  if (o.processedInsns === t.processed_insns) s.processed++;
  else
    add('processed', `${drift(t.processed_insns, o.processedInsns)} (${t.verdict})`, String(t.processed_insns), String(o.processedInsns));
  const [a, b] = [
    [t.total_states, t.peak_states, t.max_states_per_insn],
    [o.totalStates, o.peakStates, o.maxStatesPerInsn],
  ];
  if (a.join() === b.join()) s.states++;
  else if (o.processedInsns === t.processed_insns)
    add('states', `${drift(a[0]!, b[0]!)} (total, peak, per instruction)`, a.join('/'), b.join('/'));
  if (o.logDiff === null) return;
  s.logOf++;
  if (o.logDiff === 'same') s.log++;
  else {
    const { line, theirs, ours } = o.logDiff;
    add('log', `${lineShape(theirs)}  <>  ${lineShape(ours)}`, `line ${line}: ${theirs ?? '(end)'}`, ours ?? '(end)');
  }
}

/** Findings of one cause. */
export interface Group {
  readonly kind: Kind;
  readonly cause: string;
  readonly findings: readonly Finding[];
}

/** By kind and cause, gravest kind first, largest first. */
export function grouped(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Finding[]>();
  for (const f of findings) {
    const key = `${f.kind}\0${f.cause}`;
    groups.set(key, [...(groups.get(key) ?? []), f]);
  }
  const all = [...groups.values()].map((list): Group => ({ kind: list[0]!.kind, cause: list[0]!.cause, findings: list }));
  return all.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.findings.length - a.findings.length);
}

/** Shares in percent under the names of the floors. */
export function figures(s: Score): Record<string, number> {
  const share = (a: number, b: number): number => (b === 0 ? 100 : (100 * a) / b);
  const open = s.unknown + s.error + s.missing;
  return {
    verdict: share(s.agree, s.counted),
    notFalseAccept: share(s.counted - s.falseAccept, s.counted),
    decided: share(s.counted - open, s.counted),
    message: share(s.message, s.rejects),
    insn: share(s.insn, s.insnOf),
    processed: share(s.processed, s.agree),
    states: share(s.states, s.agree),
    ...(s.logOf > 0 ? { log: share(s.log, s.logOf) } : {}),
    ...(s.explainedOf > 0 ? { explained: share(s.explained, s.explainedOf), caused: share(s.caused, s.explainedOf) } : {}),
    ...(s.policyOf > 0 ? { samePolicy: share(s.policy, s.policyOf) } : {}),
  };
}
