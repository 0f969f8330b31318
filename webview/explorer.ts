// SPDX-License-Identifier: GPL-2.0-only
/** The panel as a whole: what the host says, what the user chose, and the parts that show it. */
import type { ContextGraph, GraphEdge, GraphFunction, HeldResource } from '../src/protocol/graph';
import type { InsnDifference } from '../src/protocol/compare';
import type { PanelState, ToWebview } from '../src/protocol/messages';
import type { InsnStates, ProgramDetail } from '../src/protocol/model';
import type { FollowFacts, OriginView, PathView } from '../src/protocol/path';
import { Announcer } from './page/announce';
import { CompareSession } from './compare/session';
import { iconButton, segments } from './page/controls';
import { diagramOf, locate } from './drawing/diagram';
import { h } from './page/dom';
import { indexOf } from './model/graph-index';
import { GraphView, MANY_BLOCKS } from './drawing/graph-view';
import { Hits } from './toolbar/hits';
import { Inspector } from './inspector/inspector';
import { actionOf, MOVES } from './tree/keys';
import { lensView } from './lens';
import { legendRows } from './drawing/legend';
import { lensPageElement } from './lens/page';
import { resourcesOf } from './lens/follow';
import { stepsOf } from './lens/path-steps';
import { type LensId, LENSES, type LensView, PLAIN } from './lens/types';
import { type Level, LEVEL_WORDS } from './drawing/levels';
import { richText } from '../src/protocol/rich';
import { chipText } from '../src/protocol/words';
import { chip } from './page/marks';
import { registerOfInterest } from './inspector/reads';
import { bannerOf } from './empty/banner';
import { keysDialog } from './tree/keys-dialog';
import { edgePage, regionPage } from './inspector/part-pages';
import type { RowMode } from './model/rows';
import { Timeline } from './timeline/timeline';
import { differenceWords } from './inspector/state-differences';
import { sizeHandle } from './page/size-handle';
import { fitBars } from './toolbar/fit-bars';
import { Trail } from './model/trail';
import { blockWords, GraphTree, insnWords } from './tree/tree';
import { ALL, Toolbar } from './toolbar/toolbar';
import { summaryWords } from './toolbar/verdict';
import { ViewBar } from './toolbar/view-bar';
import { recall, remember, type ViewMemory } from './memory';
import { post } from './page/vscode-api';
import { Waiting } from './empty/waiting';

const ZOOM_STEP = 1.2;
/** Pause in typing after which the drawing follows a search. */
const SETTLE_MS = 250;

export class Explorer {
  private memory = recall();
  private state: PanelState | null = null;
  /** Graphs that came over, for tests. */
  private graphs = 0;
  private detail: ProgramDetail | null = null;
  private fn: GraphFunction | null = null;
  private states: InsnStates | null = null;
  private stateIndex = 0;
  private readonly openFolds = new Set<number>();
  private readonly trail = new Trail();
  private readonly hits = new Hits();
  private settling: ReturnType<typeof setTimeout> | undefined;
  /** Edge or region that the inspector is about, beside the instruction. */
  private part: { readonly edge: GraphEdge } | { readonly region: string } | null = null;
  private restored = false;
  /** What the host was told last of the steps of a path. */
  private toldSteps = '';
  private pendingReveal: number | null = null;
  private lens: LensView = PLAIN;
  private facts: FollowFacts | null = null;
  private path: PathView | null = null;
  private rejection: PathView | null = null;
  private origin: OriginView | null = null;
  /** Functions that the overview shows as cards. */
  private closed = new Set<string>();

  private readonly announcer = new Announcer();
  private readonly comparison = new CompareSession({
    onPick: (at) => this.goDifference(this.comparison.pick(at)),
    onStep: (by) => this.goDifference(this.comparison.step(by)),
    onProgram: (program) => post({ type: 'selectProgram', program }),
    onGo: (insn) => this.select(insn, { announce: true, reveal: true }),
  });
  private readonly toolbar = new Toolbar({
    onProgram: (program) => post({ type: 'selectProgram', program }),
    onFunction: (value) => this.showFunction(value),
    onPolicy: (policy) => post({ type: 'selectPolicy', policy }),
    onCompare: (policy) => post({ type: 'compareWith', policy }),
    onVerdict: () => this.goVerdict(),
    onSearch: (text) => this.search(text),
    onStepHit: (by) => this.stepHit(by),
  });
  private readonly viewBar = new ViewBar(
    {
      onLens: (id) => this.setLens(id),
      onRows: (mode) => this.setRows(mode),
      onZoom: (by) => this.graph.zoomBy(by > 0 ? ZOOM_STEP : 1 / ZOOM_STEP),
      onFit: () => this.graph.fit(),
      onFoldAll: () => this.foldAll(),
      onInspector: () => this.toggleInspector(),
    },
    this.comparison.button,
  );
  private readonly levels = segments<Level>(
    'Level',
    (['functions', 'chains', 'blocks', 'instructions'] as const).map((value) => ({ value, text: LEVEL_WORDS[value] })),
    (level) => this.graph.goLevel(level),
  );
  private readonly levelBar = h('div', { class: 'level-bar', hidden: true }, this.levels.element);
  private readonly banner = h('div', { class: 'banner', hidden: true });
  private readonly legend = h('div', { class: 'legend' });
  private readonly graph = new GraphView({
    onSelect: (insn) => this.select(insn, { announce: false, reveal: false }),
    onOpenFold: (insn) => {
      this.openFolds.add(insn);
      this.redraw();
    },
    onFoldBlock: (node) => this.toggleFold(node),
    onOpenSource: (insn) => this.openSource(insn, false),
    onFollow: (key) => this.follow(key),
    onEdge: (edge) => this.showPart({ edge }),
    onRegion: (region) => this.showPart({ region }),
    onEnter: (insn) => this.enter(insn),
    onFunction: (name) => this.adoptFunction(name),
    onToggleFunction: (name) => {
      if (!this.closed.delete(name)) this.closed.add(name);
      this.redraw();
    },
    onViewChange: (zoom, pan, level) => {
      this.levels.set(level);
      this.levelBar.hidden = level === 'instructions' && (this.detail?.graph.nodes.length ?? 0) <= 100;
      this.viewBar.showZoom(zoom);
      if (this.restored) this.keep({ zoom, pan });
    },
  });
  private readonly tree = new GraphTree({
    onSelect: (insn) => this.select(insn, { announce: true, reveal: true }),
    onKey: (e) => this.key(e),
  });
  private readonly inspector = new Inspector({
    onGo: (insn) => this.select(insn, { announce: true, reveal: true }),
    onOpenSource: (insn) => this.openSource(insn, false),
    onState: (index) => this.showState(index),
    onBack: () => this.travel(-1),
    onForward: () => this.travel(1),
    onCopy: (text) => post({ type: 'copy', text }),
    onProblem: (code) => post({ type: 'openProblem', code }),
    onFollow: (key) => this.follow(key),
    onOrigin: (register) => this.askOrigin(register),
    onFold: (title, open) =>
      this.keep({
        closedSections: open ? this.memory.closedSections.filter((t) => t !== title) : [...new Set([...this.memory.closedSections, title])],
      }),
  });
  private readonly timeline = new Timeline({
    onStep: (insn, state, words) => {
      this.select(insn, { announce: false, reveal: true, state });
      this.announcer.say(words);
    },
  });
  private readonly handle = sizeHandle(this.memory.inspectorWidth, (width) => {
    this.body.style.setProperty('--inspector', `${width}px`);
    this.keep({ inspectorWidth: width });
  });
  private fit: () => void = () => undefined;
  private readonly body = h('div', { class: 'body' });
  private readonly waiting = new Waiting(this.body);
  /** What keys and commands of the palette ask for. */
  private readonly actions: Readonly<Record<string, () => void>> = {
    nextState: () => this.showState(this.stateIndex + 1),
    previousState: () => this.showState(this.stateIndex - 1),
    zoomIn: () => this.graph.zoomBy(ZOOM_STEP),
    zoomOut: () => this.graph.zoomBy(1 / ZOOM_STEP),
    fit: () => this.graph.fit(),
    actualSize: () => this.graph.zoomTo(1),
    rows: () => this.setRows(this.memory.rows === 'c' ? 'key' : this.memory.rows === 'key' ? 'all' : 'c'),
    failing: () => this.goVerdict(),
    search: () => this.toolbar.openSearch(),
    why: () => {
      if (!this.openFold()) this.openInspector();
    },
    sayWhy: () => this.announcer.say(richText(this.states?.states[this.stateIndex]?.why.reason ?? [])),
    back: () => this.travel(-1),
    taken: () => this.goTaken(),
    source: () => {
      if (this.memory.selected !== null) this.openSource(this.memory.selected, false);
    },
    follow: () => this.askFollow(),
    nextDifference: () => this.stepFound(1),
    previousDifference: () => this.stepFound(-1),
    stepOn: () => this.timeline.step(1),
    stepBack: () => this.timeline.step(-1),
    play: () => this.playOrKeep(),
    keys: () => this.showKeys(),
    inspector: () => this.toggleInspector(),
    escape: () => this.escape(),
    ...Object.fromEntries(MOVES.map((move) => [move, () => void this.tree.go(move)])),
    ...Object.fromEntries(LENSES.map((id) => [`lens.${id}`, () => this.setLens(id)])),
  };

  constructor(root: HTMLElement) {
    this.viewBar.showRows(this.memory.rows);
    const main = h(
      'main',
      { class: 'graph', 'aria-label': 'Context graph' },
      h('div', { class: 'stage' }, this.tree.element, this.graph.element, this.levelBar),
      this.legend,
    );
    this.body.append(h('div', { class: 'columns' }, main, this.handle, this.inspector.element), this.timeline.element);
    root.append(this.toolbar.element, this.viewBar.element, this.banner, this.body, this.waiting.element, this.announcer.element);
    this.viewBar.showLens(this.memory.lens, '');
    this.fit = fitBars(root, this.toolbar.element, this.viewBar.element, this.toolbar.optional, this.toolbar.more, () => this.drawLists());
    this.drawLegend();
    this.inspector.element.hidden = !this.memory.inspector;
    this.handle.hidden = !this.memory.inspector;
    document.addEventListener('keydown', (e) => {
      if ((e.ctrlKey || e.metaKey) && e.key === 'f') {
        e.preventDefault();
        this.toolbar.openSearch();
      }
    });
    this.waiting.atOnce('load');
  }

  receive(message: ToWebview): void {
    switch (message.type) {
      case 'state':
        if (message.change.detail != null) this.graphs++;
        this.setState({ ...this.state, ...message.change } as PanelState);
        return;
      case 'insnStates':
        if (message.program !== this.detail?.result.program || message.states.insn !== this.memory.selected) return;
        // of the rejected instruction the state that was rejected: the last one
        if (
          this.states === null &&
          this.detail.result.insn === message.states.insn &&
          this.detail.result.verdict === 'reject' &&
          message.states.total === message.states.states.length
        )
          this.stateIndex = Math.max(0, message.states.total - 1);
        this.states = message.states;
        this.stateIndex = Math.min(this.stateIndex, Math.max(0, message.states.states.length - 1));
        this.showInspector();
        this.stateShown();
        return;
      case 'path':
        if (message.program === this.detail?.result.program) this.setPath(message.path);
        return;
      case 'origin':
        if (message.program !== this.detail?.result.program) return;
        this.origin = message.origin;
        this.showInspector();
        return;
      case 'follow':
        if (message.program !== this.detail?.result.program || message.facts?.key !== this.memory.followed) return;
        this.facts = message.facts;
        if (this.memory.lens === 'follow') this.redraw();
        return;
      case 'highlight':
        this.graph.highlight(message.insns);
        return;
      case 'reveal':
        if (this.detail === null) this.pendingReveal = message.insn;
        else this.select(message.insn, { announce: true, reveal: true });
        return;
      case 'command':
        this.actions[message.command]?.();
        return;
    }
  }

  /** What tests may ask. */
  forTests(): { renderedPosition: (node: string) => { x: number; y: number } | null; drawn: () => unknown; state: () => unknown } {
    return {
      renderedPosition: (node) => this.graph.renderedPosition(node),
      drawn: () => this.graph.drawn(),
      state: () => ({
        file: this.state?.file ?? null,
        program: this.detail?.result.program ?? null,
        policy: this.state?.policy ?? null,
        verdict: this.detail?.result.verdict ?? null,
        selected: this.memory.selected,
        states: this.states?.states.length ?? null,
        busy: this.state?.busy ?? null,
        stale: this.state?.stale ?? null,
        error: this.state?.error ?? null,
        lens: this.memory.lens,
        followed: this.memory.followed,
        graphs: this.graphs,
        ...this.comparison.facts(),
      }),
    };
  }

  private setState(state: PanelState): void {
    const before = this.detail;
    const known = this.state?.detail ?? null;
    this.state = state;
    this.toolbar.showPolicies(state);
    this.keep({ program: state.program, compare: state.compare?.policy ?? '' });
    const compared = this.comparison.set(state);
    if (state.detail !== null && (state.detail !== known || compared.changed)) this.setDetail(state.detail, before, compared.changed);
    this.drawLists();
    if (compared.words !== null) {
      this.announcer.say(compared.words);
      // after a reload the selection was there before the comparison
      if (this.memory.selected !== null) this.comparison.adopt(this.memory.selected);
      this.showInspector();
    }
    this.toolbar.showVerdict(state);
    this.drawBanner();
    this.waiting.show(state, state.detail !== null && this.detail !== null);
    this.fit();
    if (this.pendingReveal !== null && this.detail !== null) {
      const insn = this.pendingReveal;
      this.pendingReveal = null;
      this.select(insn, { announce: true, reveal: true });
    }
  }

  private setDetail(detail: ProgramDetail, before: ProgramDetail | null, lookChanged: boolean): void {
    if (
      before !== null &&
      JSON.stringify(before.result) === JSON.stringify(detail.result) &&
      before.graph.nodes.length === detail.graph.nodes.length
    ) {
      // the same picture, made again: keep the one that is drawn, so that nothing jumps
      this.detail = { ...detail, graph: before.graph };
      if (lookChanged) {
        this.redraw();
        this.showInspector();
      }
      return;
    }
    const otherProgram = before === null || before.result.program !== detail.result.program;
    this.detail = detail;
    this.states = null;
    this.stateIndex = 0;
    this.path = null;
    this.rejection = null;
    this.facts = null;
    this.origin = null;
    if (otherProgram) {
      this.openFolds.clear();
      const { graph } = detail;
      const large = graph.nodes.length > MANY_BLOCKS;
      const failingFn = detail.result.insn === null ? null : (locate(graph, detail.result.insn)?.node.function ?? null);
      this.closed = new Set(large ? graph.functions.filter((f) => f.kind !== 'main' && f.name !== failingFn).map((f) => f.name) : []);
      this.keep({ all: large && graph.functions.length > 1 });
      this.trail.clear();
      if (before !== null) this.keep({ selected: null, folded: [] });
    }
    this.hits.again(detail.graph);
    this.showHits();
    const { functions } = detail.graph;
    if (!resourcesOf(detail.graph).some((x) => x.key === this.memory.followed)) this.keep({ followed: '' });
    if (detail.result.verdict === 'reject') post({ type: 'requestPath', program: detail.result.program, insn: -1, state: -1 });
    if (this.memory.followed !== '') post({ type: 'requestFollow', program: detail.result.program, key: this.memory.followed });
    const failing = detail.result.verdict === 'reject' ? detail.result.insn : null;
    const wanted = this.memory.selected !== null && locate(detail.graph, this.memory.selected) !== null ? this.memory.selected : failing;
    const place = wanted === null ? null : locate(detail.graph, wanted);
    this.fn = functions.find((f) => f.name === place?.node.function) ?? functions[0] ?? null;
    this.memory = { ...this.memory, selected: wanted };
    this.part = null;
    this.waiting.hide();
    this.redraw();
    if (!this.restored && this.memory.zoom !== null && this.memory.pan !== null && !otherProgramAfterReload(this.memory, detail))
      this.graph.restore(this.memory.zoom, this.memory.pan);
    this.restored = true;
    if (wanted !== null) this.select(wanted, { announce: false, reveal: true });
    else this.showInspector();
    if (otherProgram && before !== null) post({ type: 'selected', program: detail.result.program, insn: wanted });
    this.announcer.say(summaryWords(detail, before));
  }

  private redraw(): void {
    if (this.detail === null || this.fn === null) return;
    const { graph, result } = this.detail;
    this.lens = lensView(this.memory.lens, {
      graph,
      result,
      followed: this.followed(),
      facts: this.facts,
      path: this.shownPath(),
      rejection: this.rejection,
    });
    const { lens, fn, memory } = this;
    const { look } = this.comparison;
    const differs = look === null ? undefined : new Set([...look.nodes].filter(([, x]) => x.kind !== 'same').map(([id]) => id));
    const edgeWords =
      look === null ? undefined : new Map([...look.edges].map(([key, by]) => [key, `taken only under ${by.toUpperCase()}`]));
    this.graph.show({
      graph,
      fn,
      all: memory.all,
      closed: this.closed,
      diagram: (f) =>
        diagramOf(graph, f, {
          mode: memory.rows,
          open: this.openFolds,
          folded: new Set(memory.folded),
          wish: { marked: this.hits.any ? new Set([...lens.marked, ...this.hits.all]) : lens.marked, foldRest: lens.foldRest },
          footers: differs,
          edgeWords,
        }),
      lens,
      compare: look,
      selected: memory.selected,
    });
    this.tree.show(graph, fn, memory.selected);
    this.tellSteps(lens.path);
    const failing = result.insn === null ? null : indexOf(graph).at(result.insn);
    const atExit = failing?.node.kind === 'exit' && failing.node.instructions.at(-1) === failing.insn;
    this.timeline.show(lens.path, result, atExit);
    this.viewBar.showLens(memory.lens, this.followed() === null ? '' : chipText(this.followed()!, 1));
    this.toolbar.showCounters(result, graph.nodes.length);
    this.drawLegend();
    this.drawLists();
  }

  /** The gutter of the editor shows the numbers that stand in the graph and in the timeline. */
  private tellSteps(path: PathView | null): void {
    const { detail } = this;
    const all = detail === null || this.lens.id !== 'path' ? [] : stepsOf(detail.result, path);
    const steps = all.filter((s) => s.number > 0).map((s) => ({ insn: s.insn, number: s.number }));
    const told = steps.length === 0 ? '' : `${this.detail?.result.program ?? ''} ${JSON.stringify(steps)}`;
    if (this.toldSteps === told || this.detail === null) return;
    this.toldSteps = told;
    post({ type: 'steps', program: this.detail.result.program, steps });
  }

  private drawLists(): void {
    if (this.state !== null)
      this.toolbar.showLists({ state: this.state, graph: this.detail?.graph ?? null, fn: this.fn, all: this.memory.all }, this.fit);
  }

  private followed(): HeldResource | null {
    return this.detail === null ? null : (resourcesOf(this.detail.graph).find((x) => x.key === this.memory.followed) ?? null);
  }

  /** The path that the Path lens is about: to the rejection, or to the state that is shown. */
  private shownPath(): PathView | null {
    return this.detail?.result.verdict === 'reject' ? this.rejection : this.path;
  }

  private setLens(id: LensId): void {
    if (id === 'follow' && this.memory.followed === '' && this.detail !== null) {
      // what is held where one looks, or else what forbids
      const here = this.states?.states[this.stateIndex]?.held ?? [];
      const all = resourcesOf(this.detail.graph);
      const first = here.find((x) => x.forbids.length > 0) ?? here[0] ?? all.find((x) => x.forbids.length > 0) ?? all[0];
      if (first !== undefined) {
        this.follow(first.key);
        return;
      }
    }
    this.keep({ lens: id });
    if (id === 'path') this.askPath();
    this.redraw();
    this.showInspector();
    this.announcer.say(`Lens ${id === 'sleep' ? 'may sleep' : id === 'would' ? 'would sleep' : id}. ${this.lens.page?.text ?? ''}`);
  }

  /** Follows what is held at the selection; asks which when there are several. */
  private askFollow(): void {
    const here = this.states?.states[this.stateIndex]?.held ?? [];
    if (here.length < 2) this.setLens('follow');
    else
      this.tree.ask(
        'Follow',
        here.map((x) => ({ value: x.key, text: `${chipText(x, 1)} · ${x.title}` })),
        (key) => this.follow(key),
      );
  }

  private follow(key: string): void {
    if (this.detail === null) return;
    this.keep({ lens: 'follow', followed: key });
    this.facts = null;
    post({ type: 'requestFollow', program: this.detail.result.program, key });
    this.redraw();
    this.showInspector();
    this.announcer.say(`${this.lens.page?.title ?? ''}. ${this.lens.page?.text ?? ''}`);
  }

  private askPath(): void {
    if (this.detail === null || this.detail.result.verdict === 'reject' || this.memory.selected === null || this.timeline.playing) return;
    const { path } = this;
    // a step along the path that is shown stays on it
    if (path !== null && path.insns.includes(this.memory.selected) && this.timeline.shown) return;
    post({ type: 'requestPath', program: this.detail.result.program, insn: this.memory.selected, state: this.stateIndex });
  }

  private setPath(path: PathView | null): void {
    if (path?.rejected === true) this.rejection = path;
    else this.path = path;
    if (this.memory.lens === 'path' || (this.memory.lens === 'follow' && path?.rejected === true)) {
      this.redraw();
      this.showInspector();
    }
  }

  /** Into the function that an instruction calls. */
  private enter(insn: number): void {
    if (this.detail === null) return;
    const index = indexOf(this.detail.graph);
    const place = index.at(insn);
    const start = place?.insn.operation.callee?.start ?? null;
    if (start !== null && index.at(start) !== null) this.select(start, { announce: true, reveal: true });
  }

  private adoptFunction(name: string): void {
    const fn = this.detail === null ? undefined : indexOf(this.detail.graph).functions.get(name);
    if (fn === undefined || fn === this.fn) return;
    this.fn = fn;
    this.tree.show(this.detail!.graph, fn, this.memory.selected);
    this.drawLists();
  }

  private askOrigin(register: number): void {
    if (this.detail === null || this.memory.selected === null) return;
    post({ type: 'requestOrigin', program: this.detail.result.program, insn: this.memory.selected, state: this.stateIndex, register });
  }

  /** A state came: its path and the origin of the register that the instruction reads are asked for. */
  private stateShown(): void {
    if (this.memory.lens === 'path') this.askPath();
    const insn =
      this.memory.selected === null || this.detail === null ? null : (locate(this.detail.graph, this.memory.selected)?.insn ?? null);
    const frame = this.states?.states[this.stateIndex]?.frames[0];
    if (insn === null || frame === undefined) return;
    const register = registerOfInterest(insn, frame);
    if (register !== null) this.askOrigin(register);
  }

  private goDifference(d: InsnDifference | null): void {
    if (d === null) return;
    this.select(d.insn, { announce: false, reveal: true });
    this.inspector.element.querySelector('.difference.chosen')?.scrollIntoView({ block: 'nearest' });
    this.announcer.say(`Difference ${this.comparison.at + 1}. Instruction ${d.insn}. ${d.sentence}`);
  }

  /** What stands above the instruction in the inspector: the comparison, or the page of the lens. */
  private above(): HTMLElement | null {
    const go = (insn: number): void => this.select(insn, { announce: true, reveal: true });
    if (this.part !== null) {
      const page = 'edge' in this.part ? edgePage(this.detail!.graph, this.part.edge) : regionPage(this.detail!.graph, this.part.region);
      if (page !== null) return lensPageElement(page, go);
    }
    if (this.comparison.active && this.memory.lens !== 'follow') return this.comparison.element();
    const { page } = this.lens;
    if (page === null) return null;
    const graph: ContextGraph = this.detail!.graph;
    const chips =
      this.memory.lens === 'follow' &&
      h(
        'div',
        { class: 'resources', role: 'group', 'aria-label': 'Resources' },
        ...resourcesOf(graph)
          .slice(0, 24)
          .map((x) =>
            h(
              'button',
              {
                type: 'button',
                class: 'chip-button',
                'aria-pressed': String(x.key === this.memory.followed),
                title: x.title,
                onclick: () => this.follow(x.key),
              },
              chip(x, 1),
            ),
          ),
      );
    return lensPageElement(page, go, chips);
  }

  /** An edge or a region stands above the instruction until another one is selected. */
  private showPart(part: NonNullable<Explorer['part']>): void {
    if (this.detail === null) return;
    this.part = part;
    this.showInspector();
    this.inspector.element.scrollTop = 0;
    this.announcer.say(this.inspector.element.querySelector('.lens-page .head')?.textContent ?? '');
  }

  private showFunction(value: string): void {
    if (value === ALL) {
      this.keep({ all: true });
      this.redraw();
      this.graph.goLevel('blocks');
      return;
    }
    const fn = this.detail?.graph.functions.find((f) => f.start === Number(value));
    if (fn === undefined || (fn === this.fn && !this.memory.all)) return;
    this.fn = fn;
    this.keep({ all: false });
    this.keep({ selected: null });
    this.states = null;
    this.redraw();
    this.showInspector();
  }

  private select(insn: number, how: { announce: boolean; reveal: boolean; travel?: boolean; state?: number }): void {
    if (this.detail === null) return;
    const place = locate(this.detail.graph, insn);
    if (place === null) return;
    const fn = this.detail.graph.functions.find((f) => f.name === place.node.function);
    if (fn !== undefined && fn !== this.fn) {
      this.fn = fn;
      if (this.memory.all) this.closed.delete(fn.name);
      this.redraw();
    }
    this.part = null;
    if (how.travel !== true) this.trail.push(insn);
    const changed = this.memory.selected !== insn || (how.state !== undefined && how.state >= 0 && how.state !== this.stateIndex);
    this.keep({ selected: insn });
    this.comparison.adopt(insn);
    if (changed) {
      this.states = null;
      this.stateIndex = Math.max(0, how.state ?? 0);
      this.origin = null;
    }
    this.graph.select(insn, how.reveal);
    this.tree.select(insn);
    this.showInspector();
    post({ type: 'requestStates', program: this.detail.result.program, insn });
    if (changed) post({ type: 'selected', program: this.detail.result.program, insn });
    if (how.announce)
      this.announcer.say(place.node.instructions[0]!.index === insn ? blockWords(place.node, this.detail.graph) : insnWords(place.insn));
  }

  private showInspector(): void {
    if (this.detail === null) return;
    const place = this.memory.selected === null ? null : locate(this.detail.graph, this.memory.selected);
    this.inspector.show({
      detail: this.detail,
      node: place?.node ?? null,
      insn: place?.insn ?? null,
      states: this.states,
      state: this.stateIndex,
      canBack: this.trail.canBack,
      canForward: this.trail.canForward,
      origin: this.origin,
      closed: this.memory.closedSections,
      above: this.above(),
    });
  }

  private showState(index: number): void {
    const kept = this.states?.states.length ?? 0;
    if (kept === 0) return;
    const before = this.states?.states[this.stateIndex];
    this.stateIndex = (index + kept) % kept;
    this.showInspector();
    if (this.memory.lens === 'path') this.path = null;
    this.stateShown();
    const now = this.states?.states[this.stateIndex];
    this.announcer.say(
      `State ${this.stateIndex + 1} of ${kept}. ${now?.why.answer ?? ''} ${before === undefined || now === undefined ? '' : differenceWords(before, now)}`.trim(),
    );
  }

  private travel(by: 1 | -1): void {
    const insn = this.trail.go(by);
    if (insn !== null) this.select(insn, { announce: true, reveal: true, travel: true });
  }

  private setRows(mode: RowMode): void {
    this.keep({ rows: mode });
    this.viewBar.showRows(mode);
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
    this.handle.hidden = !this.memory.inspector;
  }

  private search(text: string): void {
    this.hits.look(this.detail?.graph ?? null, text);
    this.showHits();
    // hits get rows of their own, but not letter by letter
    clearTimeout(this.settling);
    if (this.memory.rows === 'key') this.settling = setTimeout(() => this.redraw(), SETTLE_MS);
  }

  private showHits(): void {
    this.graph.showHits(this.hits.all);
    this.toolbar.showCount(this.hits.words);
  }

  private stepHit(by: 1 | -1): void {
    const insn = this.hits.step(by);
    if (insn === null) return;
    this.toolbar.showCount(this.hits.words);
    this.select(insn, { announce: true, reveal: true });
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
      if (this.detail !== null) post({ type: 'selected', program: this.detail.result.program, insn: null });
    }
  }

  /** Keys of the graph; true when the key was used. */
  private key(e: KeyboardEvent): boolean {
    const action = actionOf(e, this.state?.singleKeys !== false);
    if (action === null) return false;
    this.actions[action]?.();
    return true;
  }

  /** Differences while comparing, unless something was searched for; hits otherwise. */
  private stepFound(by: 1 | -1): void {
    if (!this.hits.any && this.comparison.active) this.goDifference(this.comparison.step(by));
    else this.stepHit(by);
  }

  private playOrKeep(): void {
    if (!this.graph.keepPeek() && this.timeline.shown) this.timeline.togglePlay();
  }

  private showKeys(): void {
    const dialog = keysDialog();
    document.body.append(dialog);
    dialog.addEventListener('close', () => this.tree.focus());
    dialog.showModal();
  }

  /** Ends the mode, then the selection, then goes back to the editor. */
  private escape(): void {
    if (this.timeline.playing) this.timeline.stop();
    else if (this.part !== null) {
      this.part = null;
      this.showInspector();
    } else if (this.memory.lens !== 'contexts') this.setLens('contexts');
    else if (this.comparison.active) post({ type: 'compareWith', policy: '' });
    else if (this.memory.selected === null) post({ type: 'leave' });
    else {
      this.keep({ selected: null });
      this.graph.select(null, false);
      this.tree.select(null);
      this.showInspector();
    }
  }

  /** To where the worst of what is held was taken. */
  private goTaken(): void {
    const held = this.states?.states[this.stateIndex]?.held;
    const worst = held?.find((x) => x.forbids.length > 0) ?? held?.[0];
    if (worst !== undefined) this.select(worst.takenAt, { announce: true, reveal: true });
  }

  /** Opens the folded row at the selection. False when there is none. */
  private openFold(): boolean {
    const fold = this.memory.selected === null ? null : this.graph.foldAt(this.memory.selected);
    if (fold === null) return false;
    this.openFolds.add(fold);
    this.redraw();
    return true;
  }

  private openInspector(): void {
    if (!this.memory.inspector) this.toggleInspector();
    this.inspector.focusWhy();
  }

  /** One banner at a time, the most severe. */
  private drawBanner(): void {
    const banner = bannerOf(this.state!);
    document.body.classList.toggle('stale', this.state!.stale !== null);
    this.banner.hidden = banner === null;
    if (banner === null) return;
    this.banner.className = `banner ${banner.kind}`;
    this.banner.replaceChildren(...banner.content);
    this.announcer.say(this.banner.textContent ?? '');
  }

  private drawLegend(): void {
    this.legend.hidden = !this.memory.legend;
    this.legend.replaceChildren(
      ...legendRows(this.lens, this.comparison.look),
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
