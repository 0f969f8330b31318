// SPDX-License-Identifier: GPL-2.0-only
/** Drawing of the levels below Instructions, on one canvas: frames, boxes, edges. Text keeps its size on screen; what does not fit is left out. */
import type { CanvasColour, CanvasColours } from './canvas-colours';
import { paintGlyph, paintStrip } from './canvas-marks';
import type { CompareLook } from '../compare/look';
import type { Level } from './levels';
import { tellsSleep } from '../model/sleep-once';
import type { ContextGraph } from '../../src/protocol/graph';
import { edgeKey, type LensView } from '../lens/types';
import { OVERVIEW, type Overview, type OverviewBox, type OverviewChain, type OverviewFrame } from './overview';
import { type MarkLook, roleOf } from '../../src/marks/rails';

/** What colours the blocks, beside what they are. */
export interface FarLooks {
  readonly graph: ContextGraph;
  readonly lens: LensView;
  readonly compare: CompareLook | null;
  readonly selected: string | null;
  readonly linked: ReadonlySet<string>;
  readonly hits: ReadonlySet<string>;
}

export interface View {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a point is on. */
export type FarHit =
  { readonly kind: 'block'; readonly id: string } | { readonly kind: 'function'; readonly name: string; readonly head: boolean } | null;

const FADED = 0.38;
const HEAT_ALPHA = [0, 0.1, 0.22, 0.38, 0.58, 0.85] as const;

interface Tint extends MarkLook {
  readonly path: Path2D;
}

/** Areas in which something that forbids is held in every state: boxes, and corridors along edges between two of them. */
function tints(overview: Overview): Tint[] {
  const boxes = new Map(overview.boxes.map((b) => [b.node.id, b]));
  const found = new Map<string, { look: MarkLook; nodes: Set<string> }>();
  for (const b of overview.boxes) {
    const first = b.node.instructions[0]!;
    for (const h of first.held) {
      if (h.forbids.length === 0 || h.inStates < first.states) continue;
      const known = found.get(h.key);
      if (known === undefined) found.set(h.key, { look: h, nodes: new Set([b.node.id]) });
      else known.nodes.add(b.node.id);
    }
  }
  return [...found.values()].map(({ look, nodes }) => {
    const path = new Path2D();
    const m = 9;
    for (const id of nodes) {
      const b = boxes.get(id)!;
      path.rect(b.x - m, b.y - m, OVERVIEW.width + 2 * m, OVERVIEW.height + 2 * m);
    }
    for (const e of overview.edges) {
      if (!nodes.has(e.edge.from) || !nodes.has(e.edge.to) || e.back) continue;
      const a = boxes.get(e.edge.from)!;
      const b = boxes.get(e.edge.to)!;
      if (a.x === b.x && b.y - a.y < 3 * (OVERVIEW.height + OVERVIEW.down)) path.rect(a.x - m, a.y, OVERVIEW.width + 2 * m, b.y - a.y);
    }
    return { letter: look.letter, colour: look.colour, path };
  });
}

export class FarScene {
  private overview: Overview | null = null;
  private tints: readonly Tint[] = [];
  private boxes = new Map<string, OverviewBox>();
  /** Blocks that stand in chains; found when chains are drawn. */
  private hidden: ReadonlySet<string> | null = null;

  show(overview: Overview): void {
    this.overview = overview;
    this.tints = tints(overview);
    this.boxes = new Map(overview.boxes.map((b) => [b.node.id, b]));
    this.hidden = null;
  }

  box(id: string): OverviewBox | undefined {
    return this.boxes.get(id);
  }

  /** What stands at a point of the picture. */
  hit(x: number, y: number): FarHit {
    for (const b of this.overview?.boxes ?? [])
      if (x >= b.x && x <= b.x + OVERVIEW.width && y >= b.y && y <= b.y + OVERVIEW.height) return { kind: 'block', id: b.node.id };
    for (const f of this.overview?.frames ?? [])
      if (x >= f.x && x <= f.x + f.width && y >= f.y && y <= f.y + f.height)
        return { kind: 'function', name: f.fn.name, head: !f.open || y <= f.y + OVERVIEW.head };
    return null;
  }

  paint(ctx: CanvasRenderingContext2D, view: View, level: Level, looks: FarLooks, colours: CanvasColours): void {
    const o = this.overview;
    ctx.clearRect(0, 0, view.width, view.height);
    if (o === null) return;
    const { zoom: z } = view;
    const inView = (x: number, y: number, w: number, h: number): boolean =>
      x * z + view.x < view.width && (x + w) * z + view.x > 0 && y * z + view.y < view.height && (y + h) * z + view.y > 0;
    for (const f of o.frames) if (inView(f.x, f.y, f.width, f.height)) this.paintFrame(ctx, f, view, level, looks, colours);
    if (level !== 'functions' && looks.lens.regions !== 'off') this.paintTints(ctx, view, looks, colours);
    this.paintEdges(ctx, o, view, looks, colours);
    const chains = level === 'chains';
    const hidden = chains ? (this.hidden ??= new Set(o.chains.flatMap((c) => c.nodes))) : null;
    for (const b of o.boxes) {
      if (hidden?.has(b.node.id) === true || !inView(b.x, b.y, OVERVIEW.width, OVERVIEW.height)) continue;
      this.paintBox(ctx, b, view, looks, colours);
    }
    if (chains) for (const c of o.chains) if (inView(c.x, c.y, c.width, c.height)) this.paintChain(ctx, c, view, looks, colours);
  }

  private paintFrame(
    ctx: CanvasRenderingContext2D,
    f: OverviewFrame,
    view: View,
    level: Level,
    looks: FarLooks,
    colours: CanvasColours,
  ): void {
    const z = view.zoom;
    const x = f.x * z + view.x;
    const y = f.y * z + view.y;
    const w = f.width * z;
    const h = f.height * z;
    const card = level === 'functions' || !f.open;
    const chosen = card && looks.selected !== null && looks.selected.replace(/b\d+$/, '') === f.fn.entry.replace(/b\d+$/, '');
    ctx.setLineDash([]);
    ctx.fillStyle = colours.of(card ? 'card' : 'bg');
    ctx.strokeStyle = f.worst === 'rejected' && card ? colours.of('rejected') : chosen ? colours.of('focus') : colours.of('line');
    ctx.lineWidth = (f.worst === 'rejected' && card) || chosen ? 2 : 1;
    ctx.beginPath();
    ctx.roundRect(x, y, w, h, Math.min(5, h / 4));
    ctx.fill();
    ctx.stroke();
    const pad = 7;
    const room = w - 2 * pad;
    if (room < 24) return;
    const middle = card ? y + Math.min(h / 2, 14) : y + Math.min((OVERVIEW.head * z) / 2, 14);
    const glyphAt = x + w - pad - 7;
    const tall = card ? h : OVERVIEW.head * z;
    if (tall < 9) return;
    if (room > 60 && tellsSleep(looks.graph, f.worst)) paintGlyph(ctx, f.worst, glyphAt, middle, 14, colours);
    ctx.fillStyle = colours.of('fg');
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    ctx.font = `600 11px ${colours.mono}`;
    this.text(ctx, f.fn.name, x + pad, middle, room - 22);
    if (!card || h < 34) return;
    ctx.font = `9px ${colours.font}`;
    ctx.fillStyle = colours.of('dim');
    const verdict =
      f.worst === 'rejected' ? 'rejected here' : f.worst === 'unknown' ? 'unknown' : `${f.visits.toLocaleString('en')} visits`;
    this.text(ctx, `${f.blocks.toLocaleString('en')} block${f.blocks === 1 ? '' : 's'} · ${verdict}`, x + pad, middle + 15, room - 22);
    if (f.leaves.length > 0)
      paintStrip(
        ctx,
        f.leaves.map((l) => ({ letter: l.letter, colour: l.colour, partial: false })),
        glyphAt - 6,
        middle + 10,
        middle + 20,
        3,
        colours,
      );
  }

  private paintTints(ctx: CanvasRenderingContext2D, view: View, looks: FarLooks, colours: CanvasColours): void {
    ctx.save();
    ctx.transform(view.zoom, 0, 0, view.zoom, view.x, view.y);
    for (const t of this.tints) {
      const colour = colours.of(roleOf(t));
      if (looks.lens.regions === 'outline' || colours.tint === 0) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = 1 / view.zoom;
        ctx.globalAlpha = 0.6;
        ctx.stroke(t.path);
      } else {
        ctx.fillStyle = colour;
        ctx.globalAlpha = colours.tint;
        ctx.fill(t.path, 'nonzero');
      }
    }
    ctx.restore();
  }

  private paintEdges(ctx: CanvasRenderingContext2D, o: Overview, view: View, looks: FarLooks, colours: CanvasColours): void {
    const z = view.zoom;
    const groups = new Map<
      string,
      { points: (readonly { x: number; y: number }[])[]; colour: CanvasColour; width: number; dash: number[]; alpha: number }
    >();
    const add = (
      name: string,
      colour: CanvasColour,
      width: number,
      dash: number[],
      alpha: number,
      points: readonly { x: number; y: number }[],
    ): void => {
      const known = groups.get(name);
      if (known === undefined) groups.set(name, { points: [points], colour, width, dash, alpha });
      else known.points.push(points);
    };
    for (const e of o.edges) {
      if (e.bottom * z + view.y < 0 || e.top * z + view.y > view.height) continue;
      const look = looks.lens.edges.get(edgeKey(e.edge));
      const faded = looks.lens.focus !== null && look === undefined;
      if (look === 'path-end' || look === 'leak') add(look, 'rejected', 2.5, [], 1, e.points);
      else if (look !== undefined) add(look, 'fg', 2.5, [], 1, e.points);
      else if (!e.edge.travelled) add(`never${String(faded)}`, 'off', 1, [3, 3], faded ? FADED : 1, e.points);
      else if (e.edge.kind === 'call') add('call', 'dim', 1.2, [1.5, 3], 1, e.points);
      else
        add(
          `${e.edge.kind === 'back' ? 'back' : 'plain'}${String(faded)}`,
          'dim',
          e.edge.kind === 'back' ? 2 : z < 0.4 ? 0.8 : 1.2,
          [],
          faded ? FADED : z < 0.4 ? 0.7 : 1,
          e.points,
        );
    }
    for (const g of groups.values()) {
      ctx.beginPath();
      for (const points of g.points)
        points.forEach((p, i) =>
          i === 0 ? ctx.moveTo(p.x * z + view.x, p.y * z + view.y) : ctx.lineTo(p.x * z + view.x, p.y * z + view.y),
        );
      ctx.strokeStyle = colours.of(g.colour);
      ctx.globalAlpha = g.alpha;
      ctx.lineWidth = g.width;
      ctx.setLineDash(g.dash);
      ctx.stroke();
      if (z >= 0.3) {
        ctx.setLineDash([]);
        ctx.fillStyle = colours.of(g.colour);
        ctx.beginPath();
        for (const points of g.points) {
          const end = points[points.length - 1]!;
          const x = end.x * z + view.x;
          const y = end.y * z + view.y;
          ctx.moveTo(x, y);
          ctx.lineTo(x - 3, y - 5);
          ctx.lineTo(x + 3, y - 5);
          ctx.closePath();
        }
        ctx.fill();
      }
    }
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
  }

  private paintBox(ctx: CanvasRenderingContext2D, b: OverviewBox, view: View, looks: FarLooks, colours: CanvasColours): void {
    const { zoom: z } = view;
    const [x, y] = [b.x * z + view.x, b.y * z + view.y];
    const [w, h] = [OVERVIEW.width * z, OVERVIEW.height * z];
    const { id } = b.node;
    const heat = looks.lens.heat?.get(id);
    const differs = looks.compare?.nodes.get(id)?.kind === 'differs';
    const own = looks.lens.blocks.get(id);
    const tells = tellsSleep(looks.graph, b.glyph);
    ctx.globalAlpha = looks.lens.focus !== null && !looks.lens.focus.has(id) ? FADED : 1;
    ctx.beginPath();
    ctx.roundRect(x, y, w, h, Math.min(4, h / 4));
    ctx.fillStyle = colours.of('card');
    ctx.fill();
    if (heat !== undefined && heat.step > 0) {
      const alpha = ctx.globalAlpha;
      ctx.globalAlpha = HEAT_ALPHA[heat.step]!;
      ctx.fillStyle = colours.of('attention');
      ctx.fill();
      ctx.globalAlpha = alpha;
    }
    const dead = b.glyph === 'unreachable' || b.glyph === 'unvisited';
    ctx.setLineDash(dead ? [3, 2] : []);
    const [colour, width]: [CanvasColour, number] =
      b.glyph === 'rejected'
        ? ['rejected', 2]
        : differs
          ? ['attention', 2]
          : id === looks.selected
            ? ['focus', 2]
            : own === 'on-path'
              ? ['fg', 1.5]
              : ['line', 1];
    ctx.strokeStyle = colours.of(colour);
    ctx.lineWidth = width;
    ctx.stroke();
    ctx.setLineDash([]);
    if (id === looks.selected && colour !== 'focus') {
      ctx.strokeStyle = colours.of('focus');
      ctx.lineWidth = 1.5;
      ctx.strokeRect(x - 3, y - 3, w + 6, h + 6);
    }
    if (looks.hits.has(id)) {
      ctx.strokeStyle = colours.of('attention');
      ctx.lineWidth = 1;
      ctx.strokeRect(x - 2, y - 2, w + 4, h + 4);
    }
    if (looks.linked.has(id)) {
      ctx.strokeStyle = colours.of('focus');
      ctx.setLineDash([3, 2]);
      ctx.lineWidth = 1;
      ctx.strokeRect(x - 3, y - 3, w + 6, h + 6);
      ctx.setLineDash([]);
    }
    if (own === 'may') {
      ctx.fillStyle = colours.of('sleep');
      ctx.fillRect(x, y, 3, h);
    }
    if (heat !== undefined) {
      if (h >= 11 && heat.visits > 0) {
        ctx.fillStyle = colours.of('fg');
        ctx.font = `9px ${colours.font}`;
        ctx.textAlign = 'center';
        ctx.textBaseline = 'middle';
        this.text(ctx, heat.visits.toLocaleString('en'), x + w / 2, y + h / 2 - 1, w - 4);
      }
      ctx.fillStyle = colours.of('fg');
      ctx.globalAlpha *= 0.7;
      ctx.fillRect(x + 3, y + h - 3, Math.max(1, (w - 6) * heat.share), 1.5);
      ctx.globalAlpha = 1;
      return;
    }
    paintStrip(ctx, b.strip, x + (own === 'may' ? 5 : 3), y + 2, y + h - 2, Math.max(1.5, 3 * z), colours);
    if (z >= 0.6) {
      ctx.fillStyle = colours.of('fg');
      ctx.font = `600 11px ${colours.font}`;
      ctx.textAlign = 'left';
      ctx.textBaseline = 'middle';
      const left = x + 7 + b.strip.length * 4.5;
      this.text(ctx, `${differs ? '≠ ' : ''}b${b.node.number}`, left, y + h / 2, w - (left - x) - (tells ? 18 : 2));
      if (tells) paintGlyph(ctx, b.glyph, x + w - 10, y + h / 2, 13, colours);
    } else if (z >= 0.4 && tells) paintGlyph(ctx, b.glyph, x + w - 6, y + h / 2, 5, colours);
    ctx.globalAlpha = 1;
  }

  private paintChain(ctx: CanvasRenderingContext2D, c: OverviewChain, view: View, looks: FarLooks, colours: CanvasColours): void {
    const z = view.zoom;
    const x = c.x * z + view.x;
    const y = c.y * z + view.y;
    const w = c.width * z;
    const h = c.height * z;
    ctx.globalAlpha = looks.lens.focus !== null && !c.nodes.some((n) => looks.lens.focus!.has(n)) ? FADED : 1;
    ctx.setLineDash([]);
    const chosen = looks.selected !== null && c.nodes.includes(looks.selected);
    const differs = c.nodes.some((n) => looks.compare?.nodes.get(n)?.kind === 'differs');
    for (const shift of [4, 2, 0]) {
      ctx.beginPath();
      ctx.roundRect(x + shift, y + shift, w, h, 3);
      ctx.fillStyle = colours.of('card');
      ctx.fill();
      ctx.strokeStyle = colours.of(c.worst === 'rejected' ? 'rejected' : differs ? 'attention' : chosen ? 'focus' : 'line');
      ctx.lineWidth = shift === 0 && (chosen || differs || c.worst === 'rejected') ? 2 : 1;
      ctx.stroke();
    }
    const heat = Math.max(0, ...c.nodes.map((n) => looks.lens.heat?.get(n)?.step ?? 0));
    if (heat > 0) {
      ctx.globalAlpha = HEAT_ALPHA[heat]!;
      ctx.fillStyle = colours.of('attention');
      ctx.beginPath();
      ctx.roundRect(x, y, w, h, 3);
      ctx.fill();
      ctx.globalAlpha = 1;
    }
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    ctx.fillStyle = colours.of('fg');
    ctx.font = `11px ${colours.font}`;
    const wide = ctx.measureText(c.title).width + 8 <= w;
    if (wide && h >= 14) ctx.fillText(c.title, x + w / 2, y + h / 2);
    else if (h >= 12 && w >= 14) {
      ctx.font = `9px ${colours.font}`;
      ctx.fillText(String(c.nodes.length), x + w / 2, y + h / 2);
    }
    ctx.globalAlpha = 1;
  }

  /** Text cut to a width; nothing when not even three letters fit. */
  private text(ctx: CanvasRenderingContext2D, text: string, x: number, y: number, room: number): void {
    if (room < 10) return;
    if (ctx.measureText(text).width <= room) {
      ctx.fillText(text, x, y);
      return;
    }
    for (let n = text.length - 1; n >= 3; n--) {
      const cut = `${text.slice(0, n)}…`;
      if (ctx.measureText(cut).width <= room) {
        ctx.fillText(cut, x, y);
        return;
      }
    }
  }
}
