// SPDX-License-Identifier: GPL-2.0-only
/** What is said of a rejection, in the kernel's own order: message and errno, category and problem, reason, place, suggestion. */
import type { GraphInsn, GraphNode } from '../../src/protocol/graph';
import type { FromWebview } from '../../src/protocol/messages';
import type { PolicyOffer, ProgramDetail } from '../../src/protocol/model';
import { reasonOf } from '../../src/protocol/rejection';
import { button } from '../page/controls';
import { h } from '../page/dom';
import { glyph } from '../page/marks';
import { coded, linked } from '../page/linked';
import { post } from '../page/vscode-api';
import { errnoName, markdownOf } from './rejection-text';

export interface RejectionHandlers {
  readonly onGo: (insn: number) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onCopy: (text: string) => void;
}

/** `exists under forbid-fault: use it · compare` */
function offerElement({ call, policy }: PolicyOffer): HTMLElement {
  const link = (text: string, label: string, message: FromWebview): HTMLElement =>
    h('button', { type: 'button', class: 'link', 'aria-label': label, onclick: () => post(message) }, text);
  return h(
    'p', { class: 'offer' }, h('code', {}, call), ' exists under ', h('i', {}, policy), ': ',
    link('use it', `Use the policy ${policy}`, { type: 'selectPolicy', policy }), ' · ', link('compare', `Compare with ${policy}`, { type: 'compareWith', policy }),
  );
}

/** The head of the inspector at the instruction that was rejected. */
export function rejectionElement(detail: ProgramDetail, node: GraphNode, insn: GraphInsn, handlers: RejectionHandlers): HTMLElement {
  const { result } = detail;
  const message = result.message.join('\n');
  const reason = reasonOf(result);
  const { report } = result;
  const { source } = insn;
  return h(
    'div',
    { class: 'why rejected', tabindex: -1 },
    h('div', { class: 'answer' }, glyph('rejected', 15, false), h('b', { class: 'error' }, 'Rejected here.'), h('span', { class: 'grow' }), h('span', { class: 'dim' }, errnoName(result.errno))),
    h('code', { class: 'message' }, message),
    detail.offer != null && offerElement(detail.offer),
    report != null && h('p', { class: 'problem' }, h('b', {}, report.problem), ' ', h('span', { class: 'dim' }, report.category)),
    reason !== null && h('h3', {}, 'Reason'),
    reason !== null && h('p', {}, ...linked(reason, handlers.onGo)),
    ...result.related.map((r) => h('p', {}, h('button', { type: 'button', class: 'link', onclick: () => handlers.onGo(r.insn) }, String(r.insn)), ' ', ...coded(r.text))),
    h('h3', {}, 'Place'),
    h('p', {}, source !== null && h('button', { type: 'button', class: 'link', onclick: () => handlers.onOpenSource(insn.index) }, `${source.file.split('/').pop() ?? ''}:${source.line}${source.column > 0 ? `:${source.column}` : ''}`), `${source === null ? '' : ' · '}${node.id.replace(/^f0/, '')}, instruction ${insn.index} · function ${node.function}`),
    report != null && report.suggestion !== '' && h('h3', {}, 'Suggestion'),
    report != null && report.suggestion !== '' && h('p', {}, report.suggestion),
    h('p', { class: 'actions' }, button('Copy message', () => handlers.onCopy(message), { secondary: true }), button('Copy as Markdown', () => handlers.onCopy(markdownOf(result)), { secondary: true })),
  );
}
