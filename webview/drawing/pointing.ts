// SPDX-License-Identifier: GPL-2.0-only
/** What the pointer does in the drawing: clicks, double clicks, wheel, resting. Staves have clicks of their own. */
import type cytoscape from 'cytoscape';
import type { Point } from '../layout/route';
import { indexOf } from '../model/graph-index';
import type { FarScene } from './far';
import type { Peek } from './peek';
import type { GraphViewHandlers } from './picture';
import { pointedAt } from './pointed';
import type { Scenes } from './scenes';
import type { StavesView } from './staves-view';

export interface PointingInput {
  readonly element: HTMLElement;
  readonly front: HTMLElement;
  readonly cy: cytoscape.Core;
  readonly scenes: Scenes;
  readonly far: FarScene;
  readonly peek: Peek;
  readonly staves: StavesView;
  readonly handlers: GraphViewHandlers;
  readonly zoomAround: (zoom: number, point: Point, exactLevel?: boolean) => void;
  readonly drawPeek: (id: string) => void;
}

/** Where an event is, px from the drawing's corner. */
function pointOn(element: HTMLElement, e: MouseEvent): Point {
  const box = element.getBoundingClientRect();
  return { x: e.clientX - box.left, y: e.clientY - box.top };
}

function tap({ scenes, far, handlers, cy }: PointingInput, e: cytoscape.EventObject): void {
  if (scenes.scene === 'detail') {
    if (e.target === cy) return;
    const target = e.target as cytoscape.SingularElementArgument;
    if (!target.isNode()) {
      const edge = scenes.diagram?.edges.find((x) => x.id === target.id())?.edge;
      if (edge !== undefined) handlers.onEdge(edge);
      return;
    }
    const block = scenes.block(target.id());
    if (block !== undefined) handlers.onSelect(block.node.instructions[0]!.index);
    return;
  }
  const hit = far.hit(e.position.x, e.position.y);
  if (hit?.kind === 'block') handlers.onSelect(scenes.firstOf(hit.id));
  else if (hit?.kind === 'function' && hit.head) handlers.onToggleFunction(hit.name);
  else if (hit?.kind === 'function') handlers.onSelect(indexOf(scenes.picture!.graph).functions.get(hit.name)!.start);
}

function click({ scenes, handlers }: PointingInput, e: MouseEvent): void {
  const at = pointedAt(e.target as Element);
  switch (at?.kind) {
    case 'chip':
      handlers.onFollow(at.key);
      break;
    case 'region':
      handlers.onRegion(at.key);
      break;
    case 'row':
      if (at.fold) handlers.onOpenFold(at.insn);
      handlers.onSelect(at.insn);
      if (e.ctrlKey || e.metaKey) handlers.onOpenSource(at.insn);
      break;
    case 'card':
      handlers.onSelect(scenes.firstOf(at.node));
  }
}

/** On a block's head: fold; on a call: into the callee; on a region's label: follow; further out: nearer. */
function doubleClick({ element, scenes, handlers, zoomAround }: PointingInput, e: MouseEvent): void {
  if (scenes.scene === 'functions') return;
  const at = pointedAt(e.target as Element);
  if (at?.kind === 'region' || at?.kind === 'chip') handlers.onFollow(at.key);
  else if (at?.kind === 'card' && at.head && scenes.scene === 'detail') handlers.onFoldBlock(at.node);
  else if (at?.kind === 'row') handlers.onEnter(at.insn);
  else if (scenes.scene !== 'detail') zoomAround(1, pointOn(element, e), true);
}

function wheel({ element, scenes, cy, zoomAround }: PointingInput, e: WheelEvent): void {
  const zooms = e.ctrlKey || e.metaKey;
  if (scenes.scene === 'functions' && !zooms) return;
  e.preventDefault();
  if (zooms) zoomAround(cy.zoom() * Math.exp(-e.deltaY / 300), pointOn(element, e));
  else cy.panBy({ x: e.shiftKey ? -e.deltaY : -e.deltaX, y: e.shiftKey ? 0 : -e.deltaY });
}

function rest({ element, scenes, cy, far, peek, staves, drawPeek }: PointingInput, e: PointerEvent): void {
  if (scenes.scene === 'functions' && e.buttons === 0) {
    if (!peek.element.contains(e.target as Node)) peek.rest(staves.onStrip(pointOn(element, e), e.target as Element), drawPeek);
    return;
  }
  if (scenes.scene !== 'overview' || e.buttons !== 0 || peek.element.contains(e.target as Node)) return;
  const { x, y } = pointOn(element, e);
  const pan = cy.pan();
  const z = cy.zoom();
  const hit = far.hit((x - pan.x) / z, (y - pan.y) / z);
  peek.rest(hit?.kind === 'block' ? hit.id : null, drawPeek);
}

/** Listens to the pointer. */
export function pointing(input: PointingInput): void {
  const { element, front, cy, peek } = input;
  cy.on('tap', (e) => tap(input, e));
  element.addEventListener('wheel', (e) => wheel(input, e), { passive: false });
  element.addEventListener('dblclick', (e) => doubleClick(input, e));
  element.addEventListener('pointermove', (e) => rest(input, e));
  element.addEventListener('pointerleave', () => peek.rest(null, () => undefined));
  front.addEventListener('click', (e) => click(input, e));
}
