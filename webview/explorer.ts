// SPDX-License-Identifier: GPL-2.0-only
/** The panel as a whole: what happens on the page goes to the session, and what comes of it to the parts that show it. */
import type { FromWebview } from '../src/protocol/messages';
import { chipText } from '../src/protocol/words';
import { actionsOf, type Actions, ZOOM_STEP } from './actions';
import { CompareView } from './compare/view';
import { LEVEL_WORDS, type Level } from './drawing/levels';
import { GraphView } from './drawing/graph-view';
import { legendRows } from './drawing/legend';
import { bannerOf } from './empty/banner';
import { Waiting } from './empty/waiting';
import { Inspector } from './inspector/inspector';
import { indexOf } from './model/graph-index';
import { canBack, canForward } from './model/trail';
import { Announcer } from './page/announce';
import { Asking } from './page/asking';
import { iconButton, segments } from './page/controls';
import { h } from './page/dom';
import { sizeHandle } from './page/size-handle';
import { post, savedState, saveState } from './page/vscode-api';
import type { WholeMessage } from './page/whole-graph';
import { pictureOf } from './picture';
import { above } from './above';
import { factsOf } from './session/facts';
import { followed, lensOf } from './session/lenses';
import { readMemory, readStart } from './session/memory';
import { placeOf } from './session/selection';
import { reduce } from './session/session';
import { type Effect, type Event, graphOf, startSession } from './session/state';
import { Timeline } from './timeline/timeline';
import { fitBars } from './toolbar/fit-bars';
import { hitWords } from './toolbar/hits';
import { ALL, Toolbar } from './toolbar/toolbar';
import { ViewBar } from './toolbar/view-bar';
import { actionOf } from './tree/keys';
import { GraphTree } from './tree/tree';
import { twinOf } from './twin';

/** Pause in typing after which the drawing follows a search. */
const SETTLE_MS = 250;
/** Programs of up to so many blocks have no levels to choose while single instructions are seen. */
const FEW_BLOCKS = 100;

export class Explorer {
  private session = startSession(readMemory(savedState(), readStart(document.body.dataset['remembered'])));
  /** Level that the session was told of last. */
  private level: Level | null = null;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private readonly asking = new Asking(post, (ask, reason) => this.afterPress(() => this.on({ type: 'refused', ask, reason })));
  private readonly announcer = new Announcer();
  private readonly comparison = new CompareView({
    onPick: (at) => this.on({ type: 'pick', at }),
    onStep: (by) => this.on({ type: 'difference', by }),
    onProgram: (program) => this.tell({ type: 'selectProgram', program }),
    onGo: (insn) => this.go(insn),
  });
  private readonly toolbar = new Toolbar({
    onProgram: (program) => this.tell({ type: 'selectProgram', program }),
    onFunction: (value) => this.on({ type: 'function', start: value === ALL ? null : Number(value) }),
    onPolicy: (policy) => this.tell({ type: 'selectPolicy', policy }),
    onCompare: (policy) => this.tell({ type: 'compareWith', policy }),
    onVerdict: () => this.on({ type: 'verdict' }),
    onSearch: (text) => this.on({ type: 'search', text }),
    onStepHit: (by) => this.on({ type: 'hit', by }),
  });
  private readonly viewBar = new ViewBar(
    {
      onLens: (id) => this.on({ type: 'lens', id }),
      onRows: (mode) => this.on({ type: 'rows', mode }),
      onZoom: (by) => this.graph.zoomBy(by > 0 ? ZOOM_STEP : 1 / ZOOM_STEP),
      onFit: () => this.graph.fit(),
      onFoldAll: () => this.on({ type: 'foldAll' }),
      onInspector: () => this.on({ type: 'toggleInspector' }),
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
    onSelect: (insn) => this.on({ type: 'select', insn, announce: false, reveal: false }),
    onGo: (insn) => this.go(insn),
    onOpenFold: (insn) => this.on({ type: 'openFold', insn }),
    onFoldBlock: (node) => this.on({ type: 'fold', node }),
    onOpenSource: (insn) => this.on({ type: 'source', insn }),
    onFollow: (key) => this.on({ type: 'follow', key }),
    onEdge: (edge) => this.on({ type: 'part', part: { edge } }),
    onRegion: (region) => this.on({ type: 'part', part: { region } }),
    onEnter: (insn) => this.on({ type: 'enter', insn }),
    onFunction: (name) => this.on({ type: 'adopt', name }),
    onToggleFunction: (name) => this.on({ type: 'toggleFunction', name }),
    onOpened: (words) => this.on({ type: 'opened', words }),
    onCopies: (pair) => this.on({ type: 'copies', pair }),
    onViewChange: (zoom, pan, level, staves) => {
      if (level !== this.level) {
        this.level = level;
        this.on({ type: 'level', words: LEVEL_WORDS[level], staves });
      }
      this.levels.set(level);
      this.levelBar.hidden = level === 'instructions' && (graphOf(this.session)?.nodes.length ?? 0) <= FEW_BLOCKS;
      this.viewBar.showZoom(zoom);
      this.on({ type: 'viewed', zoom, pan });
    },
  });
  private readonly tree = new GraphTree({
    onSelect: (insn) => this.go(insn),
    onKey: (e) => this.key(e),
  });
  private readonly inspector = new Inspector({
    onGo: (insn) => this.go(insn),
    onOpenSource: (insn) => this.on({ type: 'source', insn }),
    onState: (index) => this.on({ type: 'state', index }),
    onBack: () => this.on({ type: 'travel', by: -1 }),
    onForward: () => this.on({ type: 'travel', by: 1 }),
    onCopy: (text) => this.tell({ type: 'copy', text }),
    onProblem: (code) => this.tell({ type: 'openProblem', code }),
    onFollow: (key) => this.on({ type: 'follow', key }),
    onOrigin: (register) => this.on({ type: 'origin', register }),
    onFold: (name, open) => this.on({ type: 'section', name, open }),
  });
  private readonly timeline = new Timeline({
    onStep: (insn, state, words) => this.on({ type: 'step', insn, state, words }),
    onPlaying: (on) => this.on({ type: 'playing', on }),
  });
  private readonly handle = sizeHandle(this.session.memory.inspectorWidth, (width) => {
    this.body.style.setProperty('--inspector', `${width}px`);
    this.on({ type: 'width', width });
  });
  private readonly body = h('div', { class: 'body' });
  private readonly waiting = new Waiting(this.body);
  private readonly actions: Actions = actionsOf(
    { graph: this.graph, tree: this.tree, timeline: this.timeline, toolbar: this.toolbar },
    () => this.session,
    (event) => this.on(event),
  );
  private readonly fit: () => void;

  constructor(
    root: HTMLElement,
    private readonly afterPress: (work: () => void) => void,
  ) {
    const { memory } = this.session;
    const main = h(
      'main',
      { class: 'graph', 'aria-label': 'Context graph' },
      h('div', { class: 'stage' }, this.tree.element, this.graph.ruler.element, this.graph.element, this.levelBar),
      this.legend,
    );
    this.body.append(h('div', { class: 'columns' }, main, this.handle, this.inspector.element), this.timeline.element);
    root.append(this.toolbar.element, this.viewBar.element, this.banner, this.body, this.waiting.element, this.announcer.element);
    this.viewBar.showRows(memory.rows);
    this.viewBar.showLens(memory.lens, '');
    this.fit = fitBars(root, this.toolbar.element, this.viewBar.element, this.toolbar.optional, this.toolbar.more, () => this.drawLists());
    this.drawLegend();
    this.showPanes();
    document.addEventListener('keydown', (e) => {
      if ((e.ctrlKey || e.metaKey) && e.key === 'f') {
        e.preventDefault();
        this.toolbar.openSearch();
      }
    });
    this.waiting.atOnce('load');
  }

  receive(message: WholeMessage): void {
    switch (message.type) {
      case 'reply': {
        const ask = this.asking.take(message.id);
        if (ask !== null) this.on({ type: 'answered', ask, answer: message.answer });
        return;
      }
      case 'refusal': {
        const ask = this.asking.take(message.id);
        if (ask !== null) this.on({ type: 'refused', ask, reason: message.reason });
        return;
      }
      default:
        this.on({ type: 'host', message });
    }
  }

  /** What tests may ask. */
  forTests(): { renderedPosition: (node: string) => { x: number; y: number } | null; drawn: () => unknown; state: () => unknown } {
    return {
      renderedPosition: (node) => this.graph.renderedPosition(node),
      drawn: () => this.graph.drawn(),
      state: () => factsOf(this.session),
    };
  }

  /** One event: the session after it, then what is to be done. */
  private on(event: Event): void {
    const { session, effects } = reduce(this.session, event);
    this.session = session;
    for (const effect of effects) this.carryOut(effect);
  }

  private tell(message: FromWebview): void {
    this.on({ type: 'tell', message });
  }

  private go(insn: number): void {
    this.on({ type: 'select', insn, announce: true, reveal: true });
  }

  /** What effects do that need nothing beside the session. */
  private readonly plain: Readonly<Record<Plain, () => void>> = {
    remember: () => saveState(this.session.memory),
    policies: () => this.showPolicies(),
    chrome: () => this.drawChrome(),
    uncover: () => this.waiting.hide(),
    redraw: () => this.redraw(),
    inspector: () => this.showInspector(),
    lists: () => this.drawLists(),
    hits: () => this.showHits(),
    rows: () => this.viewBar.showRows(this.session.memory.rows),
    panes: () => this.showPanes(),
    legend: () => this.drawLegend(),
    tree: () => this.showTree(),
    blocks: () => this.graph.goLevel('blocks'),
    focusWhy: () => this.inspector.focusWhy(),
    settle: () => this.settle(),
    stop: () => this.timeline.stop(),
  };

  private carryOut(effect: Effect): void {
    switch (effect.do) {
      case 'post':
        post(effect.message);
        return;
      case 'ask':
        this.asking.ask(effect.ask);
        return;
      case 'say':
        this.announcer.say(effect.text);
        return;
      case 'select':
        this.graph.select(effect.insn, effect.reveal);
        this.tree.select(effect.insn);
        return;
      case 'view':
        this.graph.restore(effect.zoom, effect.pan);
        return;
      case 'highlight':
        this.graph.highlight(effect.insns);
        return;
      case 'scroll':
        if (effect.to === 'top') this.inspector.element.scrollTop = 0;
        else this.inspector.element.querySelector('.difference.chosen')?.scrollIntoView({ block: 'nearest' });
        return;
      case 'choose':
        this.tree.ask(
          'Follow',
          effect.resources.map((x) => ({ value: x.key, text: `${chipText(x, 1)} · ${x.title}` })),
          (key) => this.on({ type: 'follow', key }),
        );
        return;
      case 'command':
        this.actions[effect.command]?.();
        return;
      default:
        this.plain[effect.do]();
    }
  }

  private redraw(): void {
    const { detail, fn, memory } = this.session;
    if (detail === null || fn === null) return;
    const lens = lensOf(this.session);
    this.graph.show(pictureOf(this.session, detail.graph, fn));
    this.showTree();
    const failing = detail.result.insn === null ? null : indexOf(detail.graph).at(detail.result.insn);
    const atExit = failing?.node.kind === 'exit' && failing.node.instructions.at(-1) === failing.insn;
    this.timeline.show(lens.path, detail.result, atExit);
    const chosen = followed(this.session);
    this.viewBar.showLens(memory.lens, chosen === null ? '' : chipText(chosen, 1));
    this.toolbar.showCounters(detail.result, detail.graph.nodes.length);
    this.drawLegend();
    this.drawLists();
  }

  private showTree(): void {
    const { detail, fn, memory } = this.session;
    if (detail !== null && fn !== null) this.tree.show(detail.graph, fn, memory.selected, twinOf(this.session, this.graph));
  }

  private drawLists(): void {
    const { panel, fn, memory } = this.session;
    if (panel !== null) this.toolbar.showLists({ state: panel, graph: graphOf(this.session), fn, all: memory.all }, this.fit);
  }

  private showPolicies(): void {
    const { panel } = this.session;
    if (panel === null) return;
    this.toolbar.showPolicies(panel);
    this.comparison.show(panel);
  }

  private showInspector(): void {
    const { session } = this;
    if (session.detail === null) return;
    const place = placeOf(session, session.memory.selected);
    this.inspector.show({
      detail: session.detail,
      folder: session.panel?.folder ?? '',
      node: place?.node ?? null,
      insn: place?.insn ?? null,
      states: session.states,
      noStates: session.noStates,
      state: session.stateIndex,
      canBack: canBack(session.trail),
      canForward: canForward(session.trail),
      origin: session.origin,
      closed: session.memory.closedSections,
      above: above(session, this.comparison, {
        go: (insn) => this.go(insn),
        follow: (key) => this.on({ type: 'follow', key }),
      }),
    });
  }

  private showPanes(): void {
    const { inspector } = this.session.memory;
    this.inspector.element.hidden = !inspector;
    this.handle.hidden = !inspector;
  }

  private showHits(): void {
    const { hits } = this.session;
    this.graph.showHits(hits.insns);
    this.tree.showHits(hits.insns);
    this.toolbar.showCount(hitWords(hits));
  }

  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.afterPress(() => this.on({ type: 'settled' })), SETTLE_MS);
  }

  /** Verdict, one banner at a time, and what stands in place of a picture. */
  private drawChrome(): void {
    const { panel, detail } = this.session;
    if (panel === null) return;
    this.toolbar.showVerdict(panel);
    const banner = bannerOf(panel);
    document.body.classList.toggle('stale', panel.stale !== null);
    this.banner.hidden = banner === null;
    if (banner !== null) {
      this.banner.className = `banner ${banner.kind}`;
      this.banner.replaceChildren(h('b', {}, banner.title), ` ${banner.text} `, h('span', { class: 'dim' }, banner.more));
      this.announcer.say(`${banner.title} ${banner.text} ${banner.more}`.trim());
    }
    this.waiting.show(panel, panel.detail !== null && detail !== null);
    this.fit();
  }

  private drawLegend(): void {
    this.legend.hidden = !this.session.memory.legend;
    this.legend.replaceChildren(
      ...legendRows(lensOf(this.session), this.session.look, this.session.staves),
      iconButton('×', 'Hide the legend', () => this.on({ type: 'hideLegend' })),
    );
  }

  /** Keys of the graph; true when the key was used. */
  private key(e: KeyboardEvent): boolean {
    const action = actionOf(e, this.session.panel?.singleKeys !== false);
    if (action === null) return false;
    this.actions[action]?.();
    return true;
  }
}

/** Effects that carry nothing. */
type Plain = Exclude<Effect['do'], 'post' | 'ask' | 'say' | 'select' | 'view' | 'highlight' | 'scroll' | 'choose' | 'command'>;
