// SPDX-License-Identifier: GPL-2.0-only
/** Timeline of a path: its steps as numbered discs, the lane "May sleep?", and one lane a resource. */
import type { HeldResource } from '../../src/protocol/graph';
import type { PathView } from '../../src/protocol/path';
import { iconButton, segments } from '../page/controls';
import { h, s } from '../page/dom';
import { countWords, type Explained, type PathStep, stepsOf } from '../lens/path-steps';
import { chipText, HOLDING, plainName } from '../../src/protocol/words';
import { colourOf, rail } from '../page/marks';
import { apart, placesOf } from './places';

const PLAY_MS = 900;
const LABELS = 150;
const LANE = 21;
const TOP = 62;
/** Rows for the words of steps, and the width of a letter, plain and bold, px. */
const WORD_ROWS = 3;
const LETTER = 6;
const BOLD_LETTER = 7;

export interface TimelineHandlers {
  /** `state` is the kept state of the instruction that lies on the path, −1 if it was not kept. */
  readonly onStep: (insn: number, state: number, words: string) => void;
  readonly onPlaying: (on: boolean) => void;
}

/**
 * What stands behind the arrow of something that is held to the end of the path.
 * @param guilty the rejection is about it
 * @param atExit the path ends where the program does, so that it is not there any more what it forbids that counts
 */
export function endWords(resource: HeldResource, guilty: boolean, atExit: boolean): string {
  if (!guilty) return 'still held';
  return `still held: ${resource.forbids.length > 0 && !atExit ? 'forbids it' : `not ${HOLDING[resource.holding].ended}`}`;
}

export class Timeline {
  readonly element = h('section', { class: 'timeline', 'aria-label': 'Path', hidden: true, tabindex: 0 });
  private path: PathView | null = null;
  private steps: PathStep[] = [];
  private guilty = new Set<string>();
  private at = 0;
  private every = false;
  /** Step by instruction, once one was made. */
  private instruction: number | null = null;
  private timer: number | null = null;
  /** The path ends where the program does. */
  private atExit = false;
  private readonly title = h('b', {}, '');
  private readonly sub = h('span', { class: 'dim sub' });
  private readonly count = h('span', { class: 'step-count', role: 'status' });
  private readonly playButton = iconButton('▷', 'Play', () => this.togglePlay());
  private readonly mode = segments<'matters' | 'every'>(
    'Steps',
    [
      { value: 'matters', text: 'What matters' },
      { value: 'every', text: 'Every instruction' },
    ],
    (m) => {
      this.every = m === 'every';
      this.instruction = null;
      this.mode.set(m);
      this.draw();
    },
  );
  private readonly drawing = h('div', { class: 'lanes-area' });

  constructor(private readonly handlers: TimelineHandlers) {
    this.mode.set('matters');
    this.element.append(
      h(
        'div',
        { class: 'timeline-head' },
        this.title,
        this.sub,
        h('span', { class: 'grow' }),
        iconButton('↶', 'Step back', () => this.step(-1)),
        this.playButton,
        iconButton('↷', 'Step on', () => this.step(1)),
        this.count,
        h('span', { class: 'grow' }),
        this.mode.element,
      ),
      this.drawing,
    );
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  get shown(): boolean {
    return !this.element.hidden;
  }

  get playing(): boolean {
    return this.timer !== null;
  }

  /** Shows a path of a program; `atExit` says that it ends where the program does. */
  show(path: PathView | null, result: Explained, atExit: boolean): void {
    this.atExit = atExit;
    this.stop();
    this.element.hidden = path === null;
    if (path === null) return;
    const same = this.path?.insn === path.insn && this.path.state === path.state && this.path.insns.length === path.insns.length;
    this.path = path;
    this.steps = stepsOf(result, path).filter((x) => x.more === 0);
    // what the rejection is about
    const guilty = new Set(result.related.map((r) => r.insn));
    this.guilty = new Set(path.lanes.filter((l) => l.to === null && guilty.has(l.resource.takenAt)).map((l) => l.resource.key));
    if (!same) this.at = this.steps.length - 1;
    this.draw();
  }

  step(by: 1 | -1): void {
    if (this.path === null) return;
    if (this.every) {
      const now = this.steps[this.at]?.step ?? 0;
      this.instruction = Math.min(this.path.insns.length - 1, Math.max(0, (this.instruction ?? now) + by));
      const insn = this.path.insns[this.instruction]!;
      this.count.textContent = `Instruction ${insn}, ${this.instruction + 1} of ${this.path.insns.length}`;
      this.handlers.onStep(insn, this.path.states[this.instruction] ?? -1, `Instruction ${insn}.`);
      return;
    }
    this.at = Math.min(this.steps.length - 1, Math.max(0, this.at + by));
    this.go();
  }

  togglePlay(): void {
    if (this.timer !== null) {
      this.stop();
      return;
    }
    if (this.at >= this.steps.length - 1) this.at = -1;
    const next = (): void => {
      if (this.at >= this.steps.length - 1) {
        this.stop();
        return;
      }
      this.at++;
      this.go();
      this.timer = window.setTimeout(next, PLAY_MS);
    };
    this.timer = window.setTimeout(next, 0);
    this.handlers.onPlaying(true);
    this.playButton.textContent = '❚❚';
    this.playButton.setAttribute('aria-label', 'Pause');
  }

  stop(): void {
    if (this.timer !== null) {
      window.clearTimeout(this.timer);
      this.timer = null;
      this.handlers.onPlaying(false);
    }
    this.playButton.textContent = '▷';
    this.playButton.setAttribute('aria-label', 'Play');
  }

  private go(): void {
    const step = this.steps[this.at];
    if (step === undefined) return;
    this.draw();
    this.instruction = step.step;
    const state = step.step === null ? -1 : (this.path?.states[step.step] ?? -1);
    this.handlers.onStep(step.insn, state, `${countWords(step, this.steps)}. Instruction ${step.insn}. ${step.text}.`);
  }

  private draw(): void {
    const { path } = this;
    if (path === null || this.element.hidden) return;
    const length = path.insns.length;
    this.title.textContent = path.rejected ? 'Path to the rejection' : `Path to ${path.insn}`;
    const matter = new Set(this.steps.map((x) => x.insn)).size;
    this.sub.textContent = ` ${matter} of ${(length + path.skipped).toLocaleString('en')} instructions matter`;
    this.count.textContent = countWords(this.steps[this.at], this.steps);
    const width = Math.max(300, this.element.clientWidth - 24);
    const room = width - LABELS - 165;
    const places = placesOf(
      length,
      this.steps.flatMap((x) => x.step ?? []),
      this.every,
    );
    const x = (step: number): number => LABELS + 20 + (places[Math.min(length - 1, step)] ?? 0) * room;
    const discs = apart(
      this.steps.map((s) => (s.step === null ? null : x(s.step))),
      x(0),
      x(length - 1),
    );
    const marks: SVGElement[] = [];
    const ends = path.lanes.filter((l) => l.resource.forbids.length > 0 || l.to === null).slice(0, 8);
    const height = TOP + (ends.length + 1) * LANE + 6;
    const now = this.steps[this.at];
    if (now !== undefined)
      marks.push(s('rect', { x: discs[this.at]! - 12, y: 0, width: 24, height, class: `now${now.guilty ? ' failing' : ''}` }));
    const rows = new Array<number>(WORD_ROWS).fill(-Infinity);
    this.steps.forEach((step, i) => {
      const cx = discs[i]!;
      if (step.step !== null) marks.push(s('path', { d: `M${cx} 26V${height}`, class: 'grid' }));
      marks.push(this.disc(step, cx, step === now), ...this.words(step, cx, rows));
    });
    const label = (text: string, y: number, strong = false): SVGElement =>
      s('text', { x: 2, y: y + 4, class: `lane-name${strong ? ' strong' : ''}` }, text);
    const sleepY = TOP + 12;
    marks.push(label('May sleep?', sleepY, true));
    for (const span of path.sleep) {
      const x0 = x(span.from);
      const x1 = Math.max(x0 + 2, x(Math.min(span.to, length - 1)));
      marks.push(s('rect', { x: x0, y: sleepY - 5, width: x1 - x0, height: 10, class: `span ${span.answer}` }));
      if (span.answer === 'yes' && x1 - x0 > 30) marks.push(s('text', { x: x0 + 5, y: sleepY + 3.5, class: 'span-word' }, 'yes'));
    }
    ends.forEach((lane, i) => {
      const y = TOP + (i + 1) * LANE + 12;
      const { resource } = lane;
      const x0 = x(lane.from);
      const x1 = lane.to === null ? x(length - 1) : x(lane.to);
      const guilty = this.guilty.has(resource.key);
      marks.push(label(`${chipText(resource, 1)} ${plainName(resource)}`, y));
      const colour = colourOf(resource);
      marks.push(s('g', { transform: `translate(${x0} ${y + 2}) rotate(-90)` }, ...rail(resource, -2, 0, Math.max(0, x1 - x0), false)));
      marks.push(s('circle', { cx: x0, cy: y, r: 4, fill: colour }));
      if (lane.to === null) {
        marks.push(
          s('path', { d: `M${x1 - 2} ${y - 5}L${x1 + 6} ${y}L${x1 - 2} ${y + 5}`, fill: 'none', stroke: colour, 'stroke-width': 1.6 }),
        );
        marks.push(
          s('text', { x: x1 + 14, y: y + 4, class: guilty ? 'words failing' : 'words dim' }, endWords(resource, guilty, this.atExit)),
        );
      } else {
        marks.push(s('circle', { cx: x1, cy: y, r: 4, fill: 'var(--bg)', stroke: colour, 'stroke-width': 1.8 }));
        marks.push(
          s('text', { x: x1 + 10, y: y + 4, class: 'words dim' }, `${HOLDING[resource.holding].ended} at ${path.insns[lane.to] ?? ''}`),
        );
      }
    });
    const svg = s(
      'svg',
      { width, height, 'aria-hidden': 'true' },
      s(
        'defs',
        {},
        s(
          'pattern',
          { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
          s('rect', { width: 3, height: 6, fill: 'var(--dim)' }),
        ),
      ),
      ...marks,
    );
    const list = h(
      'ol',
      { class: 'hidden' },
      ...this.steps.map((x2) =>
        h(
          'li',
          {},
          h(
            'button',
            { type: 'button', tabindex: -1, onclick: () => this.pick(x2) },
            `${countWords(x2, this.steps)}: instruction ${x2.insn}: ${x2.text}`,
          ),
        ),
      ),
    );
    this.drawing.replaceChildren(svg, list);
  }

  private disc(step: PathStep, cx: number, chosen: boolean): SVGElement {
    const cls = `disc${step.guilty ? ' failing' : ''}${step.step === null ? ' off' : ''}${chosen ? ' chosen' : ''}`;
    return s(
      'g',
      { class: cls, onclick: () => this.pick(step) },
      s('title', {}, `${step.text}${step.step === null ? ' (not on this path)' : ''}`),
      s('circle', { cx, cy: 12, r: 9 }),
      s('text', { x: cx, y: 15.5, 'text-anchor': 'middle' }, step.number === 0 ? '✕' : String(step.number)),
    );
  }

  /** Words under a disc, in the first row that has room; cut when none has. `rows` holds where each row ends. */
  private words(step: PathStep, cx: number, rows: number[]): SVGElement[] {
    const { text, guilty } = step;
    const half = (text.length * (guilty ? BOLD_LETTER : LETTER)) / 2;
    const row = rows.findIndex((end) => cx - half > end);
    if (row < 0) return [];
    rows[row] = cx + half + LETTER;
    return [s('text', { x: cx, y: 33 + 13 * row, 'text-anchor': 'middle', class: `words${guilty ? ' failing' : ''}` }, text)];
  }

  private pick(step: PathStep): void {
    this.at = this.steps.indexOf(step);
    this.go();
  }
}
