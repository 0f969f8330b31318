// SPDX-License-Identifier: GPL-2.0-only
/** The JSON schemas of policy files and overlays, from the shape that their readers go by. They offer and describe; the reader refuses. */
import { DEFAULT_POLICY, POLICIES } from './index';
import { EACH, FILE, KFUNC, type Member, type Members } from './shape';

type Schema = Readonly<Record<string, unknown>>;

const HEAD = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $comment:
    'Generated: npm run contributions. It accepts everything: what is wrong in a file is said by the reader (src/policy), once and at its place.',
} as const;

/** A member's schema. What is offered never refuses anything else. */
function memberSchema(m: Partial<Member>): Schema {
  const offered = m.boolean === true ? { type: 'boolean' } : m.values === undefined ? undefined : { enum: m.values };
  return {
    ...(m.description === undefined ? {} : { description: m.description }),
    ...(m.default === undefined ? {} : { default: m.default }),
    ...(offered === undefined ? {} : { anyOf: [offered, {}] }),
    ...(m.members === undefined ? {} : { properties: properties(m.members) }),
    ...(m.items === undefined ? {} : { items: 'each' in m.items ? { $ref: `#/definitions/${m.items.each}` } : memberSchema(m.items) }),
  };
}

function properties(members: Members): Schema {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, memberSchema(member)]));
}

/** Schema of `*.bpf-policy.json`. */
export function policySchema(): Schema {
  const base: Member = { ...FILE.extends, default: DEFAULT_POLICY.id, values: POLICIES.map((p) => p.id) };
  return {
    ...HEAD,
    title: 'BPF context policy',
    description:
      'Rules of execution contexts for the BPF verifier: classes of held resources, the functions that take and give them back, and what holding one forbids.',
    properties: { $schema: {}, ...properties({ ...FILE, extends: base }) },
    definitions: Object.fromEntries(Object.entries(EACH).map(([name, members]) => [name, { properties: properties(members) }])),
  };
}

/** Schema of `*.bpf-overlay.json`. */
export function overlaySchema(): Schema {
  return {
    ...HEAD,
    title: 'BPF context overlay',
    description: 'Annotations of kfuncs to try on one program: NAME.bpf-overlay.json beside NAME.bpf.c, or a file that the settings name.',
    properties: {
      $schema: {},
      kfuncs: { description: 'Annotations of kfuncs, over those of the policy.', items: { $ref: '#/definitions/kfunc' } },
    },
    definitions: { kfunc: { properties: properties(KFUNC) } },
  };
}
