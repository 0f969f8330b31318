// SPDX-License-Identifier: GPL-2.0-only
/** The panel as a whole: what the host says, what the user chose, and the parts that show it. */
import type { GraphFunction } from '../src/graph/types';
import type { PanelState, ToWebview } from '../src/protocol/messages';
import type { InsnStates, ProgramDetail, ProgramResult } from '../src/protocol/model';
import { Announcer } from './announce';
import { button, dropdown, iconButton, searchField, segments } from './controls';
import { diagramOf, locate } from './diagram';
import { h } from './dom';
import { GraphView } from './graph-view';
import { Inspector } from './inspector';
import { type Glyph, GLYPH_WORDS, glyph } from './marks';
import type { RowMode } from './rows';
import { search } from './search';
import { blockWords, GraphTree, insnWords } from './tree';
import { post, recall, remember, type ViewMemory } from './vscode-api';

/** The picture of loading appears only for what takes longer. */
const LOADING_AFTER_MS = 300;
const STAGES = { compile: 'Compiling', load: 'Loading', verify: 'Verifying', graph: 'Drawing' } as const;

interface Remembered {
  readonly uri: string;
  readonly program: string;
}

function startMemory(): ViewMemory {
  const raw = JSON.parse(document.body.dataset['remembered'] ?? '{}') as Partial<Remembered>;
  return { uri: raw.uri ?? '', program: raw.program ?? '', rows: 'key', inspector: true, legend: true, selected: null, zoom: null, pan: null, folded: [] };
}

export class Explorer {
  private memory = recall(startMemory());
  private state: PanelState | null = null;
  private detail: ProgramDetail | null = null;
  private fn: GraphFunction | null = null;
  private states: InsnStates | null = null;
  private stateIndex = 0;
  private readonly openFolds = new Set<number>();
  private readonly history: number[] = [];
  private historyAt = -1;
  private hits: number[] = [];
  private hitAt = -1;
  private loadingTimer: number | null = null;
  private restored = false;
  private pendingReveal: number | null = null;

  private readonly announcer = new Announcer();
  private readonly program = dropdown('Program', 'program', (name) => post({ type: 'selectProgram', program: name }));
  private readonly functions = dropdown('Function', 'function', (start) => this.showFunction(Number(start)));
  private readonly policy = dropdown('Policy', 'policy', (id) => post({ type: 'selectPolicy', policy: id }));
  private readonly verdict = h('button', { type: 'button', class: 'verdict', onclick: () => this.goVerdict() });
  private readonly counters = h('span', { class: 'dim counters' });
  private readonly searchCount = h('span', { class: 'dim search-count', role: 'status' });
  private readonly find = searchField('Find instruction, line, register, id', (text) => this.search(text), (by) => this.stepHit(by));
  private readonly rows = segments<RowMode>('Rows', [{ value: 'c', text: 'C', title: 'One row a C line' }, { value: 'key', text: 'Key', title: 'Calls, branches and changes' }, { value: 'all', text: 'All', title: 'Every instruction' }], (mode) => this.setRows(mode));
  private readonly zoomText = h('span', { class: 'dim zoom' }, '100 %');
  private readonly banner = h('div', { class: 'banner', hidden: true });
  private readonly page = h('div', { class: 'page', hidden: true });
  private readonly legend = h('div', { class: 'legend' });
  private readonly graph = new GraphView({
    onSelect: (insn) => this.select(insn, { announce: false, reveal: false }),
    onOpenFold: (insn) => {
      this.openFolds.add(insn);
      this.redraw();
    },
    onFoldBlock: (node) => this.toggleFold(node),
    onOpenSource: (insn) => this.openSource(insn, false),
    onViewChange: (zoom, pan) => {
      this.zoomText.textContent = `${Math.round(zoom * 100)} %`;
      if (this.restored) this.keep({ zoom, pan });
    },
  });
  private readonly tree = new GraphTree({ onSelect: (insn) => this.select(insn, { announce: true, reveal: true }), onKey: (e) => this.key(e) });
  private readonly inspector = new Inspector({
    onGo: (insn) => this.select(insn, { announce: true, reveal: true }),
    onOpenSource: (insn) => this.openSource(insn, false),
    onState: (index) => this.showState(index),
    onBack: () => this.travel(-1),
    onForward: () => this.travel(1),
    onCopy: (text) => post({ type: 'copy', text }),
  });
  private readonly body = h('div', { class: 'body' });

  constructor(root: HTMLElement) {
    this.rows.set(this.memory.rows);
    const main = h('main', { class: 'graph', 'aria-label': 'Context graph' }, this.tree.element, this.graph.element, this.legend);
    this.body.append(main, this.inspector.element);
    root.append(
      h('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Program and policy' }, this.program.element, this.functions.element, this.policy.element, this.verdict, this.counters, h('span', { class: 'search-box' }, this.find.element, this.searchCount)),
      h(
        'div',
        { class: 'lensbar', role: 'toolbar', 'aria-label': 'View' },
        h('span', { class: 'dim' }, 'Rows'),
        this.rows.element,
        h('span', { class: 'grow' }),
        this.zoomText,
        iconButton('−', 'Zoom out', () => this.graph.zoomBy(1 / 1.2)),
        iconButton('+', 'Zoom in', () => this.graph.zoomBy(1.2)),
        iconButton('⤢', 'Fit graph', () => this.graph.fit()),
        iconButton('▤', 'Fold or unfold all blocks', () => this.foldAll()),
        iconButton('◨', 'Inspector on or off', () => this.toggleInspector()),
      ),
      this.banner,
      this.body,
      this.page,
      this.announcer.element,
    );
    this.drawLegend();
    this.body.hidden = true;
    this.inspector.element.hidden = !this.memory.inspector;
    document.addEventListener('keydown', (e) => {
      if ((e.ctrlKey || e.metaKey) && e.key === 'f') {
        e.preventDefault();
        this.find.focus();
      }
    });
    this.showLoading('load', -1);
  }

  receive(message: ToWebview): void {
    switch (message.type) {
      case 'state':
        this.setState(message.state);
        return;
      case 'insnStates':
        if (message.program !== this.detail?.result.program || message.states.insn !== this.memory.selected) return;
        this.states = message.states;
        this.stateIndex = Math.min(this.stateIndex, Math.max(0, message.states.states.length - 1));
        this.showInspector();
        return;
      case 'highlight':
        this.graph.highlight(message.insns);
        return;
      case 'reveal':
        if (this.detail === null) this.pendingReveal = message.insn;
        else this.select(message.insn, { announce: true, reveal: true });
        return;
      case 'command':
        this.command(message.command);
        return;
    }
  }

  /** What tests may ask. */
  forTests(): { renderedPosition: (node: string) => { x: number; y: number } | null; drawn: () => unknown; state: () => unknown } {
    return {
      renderedPosition: (node) => this.graph.renderedPosition(node),
      drawn: () => this.graph.drawn(),
      state: () => ({ program: this.detail?.result.program ?? null, policy: this.state?.policy ?? null, verdict: this.detail?.result.verdict ?? null, selected: this.memory.selected, states: this.states?.states.length ?? null, busy: this.state?.busy ?? null, stale: this.state?.stale ?? null, error: this.state?.error ?? null }),
    };
  }

  private setState(state: PanelState): void {
    const before = this.detail;
    this.state = state;
    this.program.set(state.programs.map((p) => ({ value: p.program, label: p.program })), state.program);
    this.policy.set(state.policies.map((p) => ({ value: p.id, label: p.id })), state.policy);
    this.keep({ program: state.program });
    if (state.detail !== null) this.setDetail(state.detail, before);
    this.drawVerdict();
    this.drawBanner();
    this.drawPage();
    if (this.pendingReveal !== null && this.detail !== null) {
      const insn = this.pendingReveal;
      this.pendingReveal = null;
      this.select(insn, { announce: true, reveal: true });
    }
  }

  private setDetail(detail: ProgramDetail, before: ProgramDetail | null): void {
    if (before !== null && JSON.stringify(before.result) === JSON.stringify(detail.result) && before.graph.nodes.length === detail.graph.nodes.length) {
      this.detail = detail;
      return;
    }
    const otherProgram = before === null || before.result.program !== detail.result.program;
    this.detail = detail;
    this.states = null;
    this.stateIndex = 0;
    if (otherProgram) {
      this.openFolds.clear();
      this.history.length = 0;
      this.historyAt = -1;
      if (before !== null) this.keep({ selected: null, folded: [] });
    }
    const { functions } = detail.graph;
    this.functions.set(functions.map((f) => ({ value: String(f.start), label: f.kind === 'main' ? `${f.name} (main)` : f.name })), '');
    const failing = detail.result.verdict === 'reject' ? detail.result.insn : null;
    const wanted = this.memory.selected !== null && locate(detail.graph, this.memory.selected) !== null ? this.memory.selected : failing;
    const place = wanted === null ? null : locate(detail.graph, wanted);
    this.fn = functions.find((f) => f.name === place?.node.function) ?? functions[0] ?? null;
    this.memory = { ...this.memory, selected: wanted };
    this.body.hidden = false;
    this.redraw();
    if (!this.restored && this.memory.zoom !== null && this.memory.pan !== null && !otherProgramAfterReload(this.memory, detail)) this.graph.restore(this.memory.zoom, this.memory.pan);
    this.restored = true;
    if (wanted !== null) this.select(wanted, { announce: false, reveal: true });
    else this.showInspector();
    this.announcer.say(this.summary(detail, before));
  }

  private summary(detail: ProgramDetail, before: ProgramDetail | null): string {
    const r = detail.result;
    const verdict = r.verdict === 'accept' ? `accepted under ${r.policy}` : r.verdict === 'reject' ? `rejected under ${r.policy}${r.insn === null ? '' : ` at ${r.insn}`}${r.source === null ? '' : `, line ${r.source.line}`}: ${r.explanation ?? r.message[r.message.length - 1] ?? ''}` : `no verdict: ${r.reason ?? ''}`;
    if (before !== null && before.result.program === r.program && before.result.policy !== r.policy) return `${r.policy}: ${verdict}`;
    const sleep = r.maySleep === 'yes' ? 'May sleep.' : r.maySleep === 'no' ? 'Must not sleep.' : 'May sleep in part.';
    return `Context graph of ${r.program}. ${verdict.charAt(0).toUpperCase()}${verdict.slice(1)}. ${detail.graph.nodes.length} blocks. ${sleep}`;
  }

  private redraw(): void {
    if (this.detail === null || this.fn === null) return;
    const folded = new Set(this.memory.folded);
    this.functions.set(this.detail.graph.functions.map((f) => ({ value: String(f.start), label: f.kind === 'main' ? `${f.name} (main)` : f.name })), String(this.fn.start));
    this.graph.show(diagramOf(this.detail.graph, this.fn, this.memory.rows, this.openFolds, folded), this.memory.selected);
    this.tree.show(this.detail.graph, this.fn, this.memory.selected);
    const r = this.detail.result;
    this.counters.textContent = `${r.insnCount.toLocaleString('en')} insns · ${r.totalStates.toLocaleString('en')} states`;
  }

  private showFunction(start: number): void {
    const fn = this.detail?.graph.functions.find((f) => f.start === start);
    if (fn === undefined || fn === this.fn) return;
    this.fn = fn;
    this.keep({ selected: null });
    this.states = null;
    this.redraw();
    this.showInspector();
  }

  private select(insn: number, how: { announce: boolean; reveal: boolean; travel?: boolean }): void {
    if (this.detail === null) return;
    const place = locate(this.detail.graph, insn);
    if (place === null) return;
    const fn = this.detail.graph.functions.find((f) => f.name === place.node.function);
    if (fn !== undefined && fn !== this.fn) {
      this.fn = fn;
      this.redraw();
    }
    if (how.travel !== true && this.history[this.historyAt] !== insn) {
      this.history.splice(this.historyAt + 1);
      this.history.push(insn);
      this.historyAt = this.history.length - 1;
    }
    const changed = this.memory.selected !== insn;
    this.keep({ selected: insn });
    if (changed) {
      this.states = null;
      this.stateIndex = 0;
    }
    this.graph.select(insn, how.reveal);
    this.tree.select(insn);
    this.showInspector();
    post({ type: 'requestStates', program: this.detail.result.program, insn });
    if (changed) post({ type: 'selected', program: this.detail.result.program, insn });
    if (how.announce) this.announcer.say(place.node.instructions[0]!.index === insn ? blockWords(place.node, this.detail.graph) : insnWords(place.insn));
  }

  private showInspector(): void {
    if (this.detail === null) return;
    const place = this.memory.selected === null ? null : locate(this.detail.graph, this.memory.selected);
    this.inspector.show({ detail: this.detail, node: place?.node ?? null, insn: place?.insn ?? null, states: this.states, state: this.stateIndex, canBack: this.historyAt > 0, canForward: this.historyAt < this.history.length - 1 });
  }

  private showState(index: number): void {
    const kept = this.states?.states.length ?? 0;
    if (kept === 0) return;
    this.stateIndex = (index + kept) % kept;
    this.showInspector();
    this.announcer.say(`State ${this.stateIndex + 1} of ${kept}. ${this.states?.states[this.stateIndex]?.why.answer ?? ''}`);
  }

  private travel(by: 1 | -1): void {
    const insn = this.history[this.historyAt + by];
    if (insn === undefined) return;
    this.historyAt += by;
    this.select(insn, { announce: true, reveal: true, travel: true });
  }

  private setRows(mode: RowMode): void {
    this.keep({ rows: mode });
    this.rows.set(mode);
    this.redraw();
  }

  private toggleFold(node: string): void {
    const folded = new Set(this.memory.folded);
    if (!folded.delete(node)) folded.add(node);
    this.keep({ folded: [...folded] });
    this.redraw();
  }

  private foldAll(): void {
    const nodes = this.detail?.graph.nodes.map((n) => n.id) ?? [];
    this.keep({ folded: this.memory.folded.length > 0 ? [] : nodes });
    this.redraw();
  }

  private toggleInspector(): void {
    this.keep({ inspector: !this.memory.inspector });
    this.inspector.element.hidden = !this.memory.inspector;
  }

  private search(text: string): void {
    this.hits = this.detail === null ? [] : search(this.detail.graph, text);
    this.hitAt = -1;
    this.graph.showHits(this.hits);
    this.searchCount.textContent = text.trim() === '' ? '' : this.hits.length === 0 ? 'no hits' : `${this.hits.length} hits`;
  }

  private stepHit(by: 1 | -1): void {
    if (this.hits.length === 0) return;
    this.hitAt = (this.hitAt + by + this.hits.length) % this.hits.length;
    this.searchCount.textContent = `${this.hitAt + 1} of ${this.hits.length}`;
    this.select(this.hits[this.hitAt]!, { announce: true, reveal: true });
  }

  private openSource(insn: number, preserveFocus: boolean): void {
    const place = this.detail === null ? null : locate(this.detail.graph, insn)?.insn.source;
    if (place != null) post({ type: 'openSource', place, preserveFocus });
  }

  private goVerdict(): void {
    const insn = this.detail?.result.insn;
    if (insn != null && this.detail?.result.verdict !== 'accept') this.select(insn, { announce: true, reveal: true });
    else {
      this.keep({ selected: null });
      this.graph.select(null, false);
      this.showInspector();
    }
  }

  /** Keys of the graph; true when the key was used. */
  private key(e: KeyboardEvent): boolean {
    if (e.altKey && e.key === 'ArrowLeft') return this.did(() => this.travel(-1));
    if (e.ctrlKey || e.metaKey || e.altKey) return false;
    if (e.key === 'Enter') return this.did(() => this.openInspector());
    if (e.key === 'Backspace') return this.did(() => this.travel(-1));
    if (e.key === '/') return this.did(() => this.find.focus());
    if (this.state?.singleKeys === false) return false;
    const selected = this.memory.selected;
    switch (e.key) {
      case 'e':
        return this.did(() => this.goVerdict());
      case 's':
        return this.did(() => this.showState(this.stateIndex + 1));
      case 'S':
        return this.did(() => this.showState(this.stateIndex - 1));
      case 'g':
        return this.did(() => selected !== null && this.openSource(selected, false));
      case 't': {
        const held = this.states?.states[this.stateIndex]?.held;
        const worst = held?.find((x) => x.forbids.length > 0) ?? held?.[0];
        return this.did(() => worst !== undefined && this.select(worst.takenAt, { announce: true, reveal: true }));
      }
      case 'w':
        return this.did(() => this.announcer.say(this.states?.states[this.stateIndex]?.why.reason ?? ''));
      case 'r':
        return this.did(() => this.setRows(this.memory.rows === 'c' ? 'key' : this.memory.rows === 'key' ? 'all' : 'c'));
      case 'n':
        return this.did(() => this.stepHit(1));
      case 'N':
        return this.did(() => this.stepHit(-1));
      case 'i':
        return this.did(() => this.toggleInspector());
      case '+':
        return this.did(() => this.graph.zoomBy(1.2));
      case '-':
        return this.did(() => this.graph.zoomBy(1 / 1.2));
      case '0':
        return this.did(() => this.graph.fit());
      case '9':
        return this.did(() => this.graph.zoomTo(1));
      default:
        return false;
    }
  }

  private did(action: () => unknown): boolean {
    action();
    return true;
  }

  private openInspector(): void {
    if (!this.memory.inspector) this.toggleInspector();
    this.inspector.focusWhy();
  }

  private command(command: string): void {
    const actions: Readonly<Record<string, () => void>> = {
      nextState: () => this.showState(this.stateIndex + 1),
      previousState: () => this.showState(this.stateIndex - 1),
      zoomIn: () => this.graph.zoomBy(1.2),
      zoomOut: () => this.graph.zoomBy(1 / 1.2),
      fit: () => this.graph.fit(),
      rows: () => this.setRows(this.memory.rows === 'c' ? 'key' : this.memory.rows === 'key' ? 'all' : 'c'),
      failing: () => this.goVerdict(),
      search: () => this.find.focus(),
    };
    actions[command]?.();
  }

  private drawVerdict(): void {
    const state = this.state!;
    const result: ProgramResult | undefined = state.programs.find((p) => p.program === state.program);
    const look = ((): { text: string; kind: string; glyph: Glyph | null } => {
      if (state.busy !== null) return { text: '⟳ verifying', kind: 'busy', glyph: null };
      if (result === undefined) return { text: state.error === null ? 'no verdict' : 'no result', kind: 'unknown', glyph: 'unknown' };
      const old = state.stale === null ? '' : ', stale';
      if (result.verdict === 'accept') return { text: `✓ accepted${old}`, kind: 'accept', glyph: null };
      if (result.verdict === 'reject') return { text: `rejected${old}`, kind: 'reject', glyph: 'rejected' };
      return { text: `unknown${old}`, kind: 'unknown', glyph: 'unknown' };
    })();
    this.verdict.className = `verdict ${look.kind}`;
    this.verdict.replaceChildren(...(look.glyph === null ? [] : [glyph(look.glyph, 12, false)]), look.text);
    this.verdict.title = result?.explanation ?? result?.message.join('\n') ?? '';
  }

  /** One banner at a time, the most severe: failure, then stale, then unknown. */
  private drawBanner(): void {
    const { error, stale, detail } = this.state!;
    const show = (kind: string, ...content: (Node | string)[]): void => {
      this.banner.className = `banner ${kind}`;
      this.banner.replaceChildren(...content);
      this.banner.hidden = false;
    };
    this.banner.hidden = true;
    document.body.classList.toggle('stale', stale !== null);
    if (error !== null && detail !== null) show(error.kind === 'internal' ? 'failed' : 'stale', h('b', {}, error.title), ` ${error.message} `, h('span', { class: 'dim' }, stale === null ? 'The last good picture is shown.' : `The last good picture is shown; ${stale.edits} edit${stale.edits === 1 ? '' : 's'} since.`));
    else if (stale !== null) show('stale', h('b', {}, 'Stale.'), ` ${stale.reason} `, h('span', { class: 'dim' }, `${stale.edits} edit${stale.edits === 1 ? '' : 's'} since; save to verify again.`));
    else if (detail?.result.verdict === 'unknown') show('unknown', h('b', {}, 'No verdict.'), ` ${detail.result.reason ?? ''} is not modelled; what is shown before that point stands, nothing is claimed after it.`);
    if (!this.banner.hidden) this.announcer.say(this.banner.textContent ?? '');
  }

  /** Loading, empty and unreadable: shown only when there is no picture to keep. */
  private drawPage(): void {
    const { busy, error, detail, programs } = this.state!;
    if (this.loadingTimer !== null) window.clearTimeout(this.loadingTimer);
    this.loadingTimer = null;
    if (detail !== null && this.detail !== null) {
      this.page.hidden = true;
      this.body.hidden = false;
      return;
    }
    if (busy !== null) {
      this.loadingTimer = window.setTimeout(() => this.showLoading(busy.stage, busy.progress), LOADING_AFTER_MS);
      return;
    }
    this.body.hidden = true;
    this.page.hidden = false;
    if (error !== null) {
      const diags = error.diagnostics.filter((d) => d.severity === 'error').slice(0, 20);
      this.page.replaceChildren(
        h('div', { class: `notice ${error.kind}`, role: 'alert' }, h('h2', {}, error.title), h('p', {}, error.message), error.details.length > 0 && h('pre', {}, error.details.join('\n')), diags.length > 0 && h('ul', {}, ...diags.map((d) => h('li', {}, h('button', { type: 'button', class: 'link', onclick: () => post({ type: 'openSource', place: { file: d.file, line: d.line, column: d.column, text: '' }, preserveFocus: false }) }, `${d.line}:${d.column}`), ` ${d.message}`)))),
      );
    } else if (programs.length === 0) {
      this.page.replaceChildren(h('div', { class: 'notice' }, h('h2', {}, 'Nothing to show yet'), h('p', {}, 'Open a C file with a SEC(…) in it, or a BPF object (.bpf.o).'), button('Open a file', () => post({ type: 'openFile' }))));
    }
  }

  private showLoading(stage: keyof typeof STAGES, progress: number): void {
    this.page.hidden = false;
    const bar = h('div', { class: 'bar', role: 'progressbar', 'aria-label': 'Share of the kernel’s instruction limit', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': progress < 0 ? undefined : Math.round(progress * 100) }, h('span', {}));
    (bar.firstElementChild as HTMLElement).style.width = `${Math.max(2, progress * 100)}%`;
    this.page.replaceChildren(h('div', { class: 'notice loading', role: 'status' }, h('h2', {}, `${STAGES[stage]}…`), bar, button('Cancel', () => post({ type: 'cancel' }), { secondary: true })));
  }

  private drawLegend(): void {
    this.legend.hidden = !this.memory.legend;
    const items: Glyph[] = ['may', 'not', 'mixed', 'unreachable'];
    this.legend.replaceChildren(
      ...items.map((g) => h('div', {}, glyph(g, 13, false), ` ${GLYPH_WORDS[g]}`)),
      iconButton('×', 'Hide the legend', () => {
        this.keep({ legend: false });
        this.legend.hidden = true;
      }),
    );
  }

  private keep(change: Partial<ViewMemory>): void {
    this.memory = { ...this.memory, ...change };
    remember(this.memory);
  }
}

/** Whether what was remembered belongs to another program than the one shown. */
function otherProgramAfterReload(memory: ViewMemory, detail: ProgramDetail): boolean {
  return memory.program !== detail.result.program;
}
