// SPDX-License-Identifier: GPL-2.0-only
/** The answer at the instruction that was rejected: headline and code, message and errno, because, to make it right, place. */
import { errnoName } from '../../src/protocol/errno';
import { NO_CAUSE, stepsOf, type NumberedEvent } from '../../src/protocol/explanation-text';
import type { GraphInsn, GraphNode } from '../../src/protocol/graph';
import type { FromWebview } from '../../src/protocol/messages';
import type { PolicyOffer, ProgramDetail } from '../../src/protocol/model';
import { button } from '../page/controls';
import { h, textLines } from '../page/dom';
import { control } from '../page/identity';
import { coded } from '../page/linked';
import { glyph } from '../page/marks';
import { post } from '../page/vscode-api';
import type { InspectorPicture } from './picture';
import { markdownOf } from './rejection-text';

export interface RejectionHandlers {
  readonly onGo: (insn: number) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onCopy: (text: string) => void;
  /** Opens the page of a problem code. */
  readonly onProblem: (code: string) => void;
}

/** `exists under forbid-fault: use it · compare` */
function offerElement({ call, policy }: PolicyOffer): HTMLElement {
  const link = (text: string, label: string, identity: ReturnType<typeof control>, message: FromWebview): HTMLElement =>
    h('button', { type: 'button', class: 'link', 'aria-label': label, ...identity, onclick: () => post(message) }, text);
  return h(
    'p',
    { class: 'offer' },
    h('code', {}, call),
    ' exists under ',
    h('i', {}, policy),
    ': ',
    link('use it', `Use the policy ${policy}`, control('use-policy', policy), { type: 'selectPolicy', policy }),
    ' · ',
    link('compare', `Compare with ${policy}`, control('compare-policy', policy), { type: 'compareWith', policy }),
  );
}

function stepRow(event: NumberedEvent, handlers: RejectionHandlers): HTMLElement {
  const place = event.source === null ? 'instruction' : `line ${event.source.line}`;
  return h(
    'li',
    { class: event.guilty ? 'guilty' : '' },
    h('span', { class: 'disc', 'aria-hidden': 'true' }, String(event.number)),
    h(
      'button',
      { type: 'button', class: 'link', ...control('open-source', event.insn), onclick: () => handlers.onOpenSource(event.insn) },
      place,
    ),
    h('span', { class: 'what' }, ...coded(event.text)),
    h(
      'button',
      {
        type: 'button',
        class: 'link dim',
        title: 'Show it in the graph',
        ...control('go', event.insn),
        onclick: () => handlers.onGo(event.insn),
      },
      String(event.insn),
    ),
  );
}

function because(detail: ProgramDetail, handlers: RejectionHandlers): (HTMLElement | false)[] {
  const steps = stepsOf(detail.result);
  // what is refused for its place has no event before it, and says so
  if (steps.length === 0) return (detail.result.explanation?.detail ?? '') === '' ? [h('p', { class: 'dim' }, NO_CAUSE)] : [];
  return [
    h('h3', {}, 'Because'),
    h('ol', { class: 'because', 'aria-label': `Cause, ${steps.length} steps` }, ...steps.map((e) => stepRow(e, handlers))),
  ];
}

/** The head of the inspector at the instruction that was rejected. */
export function rejectionElement(
  { detail, folder }: Pick<InspectorPicture, 'detail' | 'folder'>,
  node: GraphNode,
  insn: GraphInsn,
  handlers: RejectionHandlers,
): HTMLElement {
  const { result } = detail;
  const { explanation } = result;
  const message = result.message.join('\n');
  const { source } = insn;
  const place =
    source === null ? '' : `${source.file.split('/').pop() ?? ''}:${source.line}${source.column > 0 ? `:${source.column}` : ''}`;
  const headline = explanation === null ? 'Rejected here.' : explanation.summary;
  const { code } = explanation ?? { code: null };
  return h(
    'div',
    { class: 'why rejected', tabindex: -1 },
    h(
      'div',
      { class: 'answer' },
      glyph('rejected', 15, false),
      h('b', { class: 'error' }, ...coded(headline)),
      h('span', { class: 'grow' }),
      code !== null &&
        h(
          'button',
          {
            type: 'button',
            class: 'link problem',
            title: `What ${code} means`,
            ...control('problem', code),
            onclick: () => handlers.onProblem(code),
          },
          code,
        ),
    ),
    h(
      'div',
      { class: 'kernel' },
      h('code', { class: 'message' }, ...textLines(message)),
      h('span', { class: 'dim errno' }, errnoName(result.errno)),
    ),
    detail.offer != null && offerElement(detail.offer),
    ...because(detail, handlers),
    explanation !== null && explanation.detail !== '' && h('p', { class: 'detail' }, ...coded(explanation.detail)),
    explanation?.suggestion != null && h('h3', {}, 'To make it right'),
    explanation?.suggestion != null && h('p', {}, ...coded(explanation.suggestion)),
    h('h3', {}, 'Place'),
    h(
      'p',
      {},
      source !== null &&
        h(
          'button',
          { type: 'button', class: 'link', ...control('open-source', insn.index), onclick: () => handlers.onOpenSource(insn.index) },
          place,
        ),
      `${source === null ? '' : ' · '}${node.name}, instruction ${insn.index} · function ${node.function}`,
    ),
    h(
      'p',
      { class: 'actions' },
      button('Copy message', () => handlers.onCopy(message), { secondary: true, identity: control('copy-message') }),
      button('Copy as Markdown', () => handlers.onCopy(markdownOf(result, folder)), {
        secondary: true,
        identity: control('copy-markdown'),
      }),
    ),
  );
}
