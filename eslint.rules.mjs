// SPDX-License-Identifier: GPL-2.0-only
/** Lint rules of this house. */

/** What views show and look things up by; and what is text of a C file, whose members have these names too. */
const SHOWN = new Set([
  'text',
  'shown',
  'key',
  'id',
  'label',
  'title',
  'message',
  'reason',
  'sentence',
  'summary',
  'textContent',
  'innerText',
]);
const OF_A_FILE = new Set(['source', 'line', 'document']);
const READS_STRINGS = new Set([
  'startsWith',
  'endsWith',
  'includes',
  'match',
  'matchAll',
  'replace',
  'split',
  'search',
  'indexOf',
  'slice',
]);

/** Methods that take a text apart, and those that do if they are given one. */
const TAKES_APART = new Set(['match', 'matchAll', 'test', 'exec', 'search', 'replace', 'replaceAll', 'split']);
const COMPARES = new Set(['includes', 'startsWith', 'endsWith', 'indexOf']);

/** The member that an expression reads, seen through `.trim()`, `.toLowerCase()`, `!` and `?.`. */
function readMember(node) {
  if (node?.type === 'ChainExpression' || node?.type === 'TSNonNullExpression') return readMember(node.expression);
  if (node?.type === 'LogicalExpression') return readMember(node.left);
  if (node?.type === 'CallExpression' && node.arguments.length === 0) return readMember(node.callee.object);
  return node?.type === 'MemberExpression' && !node.computed ? node : undefined;
}

function isShown(node) {
  const member = readMember(node);
  if (member === undefined || !SHOWN.has(member.property.name)) return false;
  const owner = readMember(member.object)?.property.name ?? member.object.name ?? '';
  return !OF_A_FILE.has(owner) && member.object.type !== 'CallExpression';
}

const OPCODE_FIELDS = new Set(['classOf', 'aluOp', 'jmpOp', 'modeOf', 'sizeOf']);

/** Whether an expression is an opcode byte by its name: `code`, `insn.code`. */
function isCode(node) {
  if (node.type === 'TSNonNullExpression') return isCode(node.expression);
  return (node.type === 'Identifier' ? node.name : node.type === 'MemberExpression' && !node.computed && node.property.name) === 'code';
}

/** A rule against a spelling in the texts of the code; what is imported does not count. */
const spelledIn = (pattern, message) => ({
  create: (context) => {
    const check = (node, text) => {
      if (pattern.test(text) && node.parent.type !== 'ImportDeclaration') context.report({ node, message });
    };
    return {
      Literal: (node) => typeof node.value === 'string' && check(node, node.value),
      TemplateElement: (node) => check(node, node.value.raw),
    };
  },
});

/** Facts that have one place. */
export const house = {
  rules: {
    'read-back': {
      create: (context) => ({
        CallExpression(node) {
          const { callee } = node;
          if (callee.type !== 'MemberExpression') return;
          const { name } = callee.property;
          if (name === 'split' && node.arguments[0]?.value === '\n') return;
          const reads = READS_STRINGS.has(name)
            ? isShown(callee.object)
            : (name === 'test' || name === 'exec') && isShown(node.arguments[0]);
          if (reads) context.report({ node, message: 'What is shown is not read back as data: ask the data that it was made from.' });
        },
      }),
    },
    'text-matching': {
      create: (context) => {
        const report = (node) => context.report({ node, message: 'Explanations are made from data: no text or name is taken apart here.' });
        const isText = (node) => typeof node?.value === 'string' || node?.type === 'TemplateLiteral';
        return {
          Literal: (node) => node.regex !== undefined && report(node),
          CallExpression(node) {
            if (node.callee.type !== 'MemberExpression') return;
            const { name } = node.callee.property;
            if (TAKES_APART.has(name) || (COMPARES.has(name) && isText(node.arguments[0]))) report(node);
          },
        };
      },
    },
    'opcode-fields': {
      create: (context) => ({
        BinaryExpression(node) {
          const sides = [node.left, node.right];
          const isField = (side) => side.type === 'CallExpression' && OPCODE_FIELDS.has(side.callee.name);
          // 0 is the second slot of a load, and the status of what ended well
          const isNumber = (side, least) => typeof side.value === 'number' && side.value >= least;
          const compares = ['===', '!=='].includes(node.operator) && sides.some(isCode) && sides.some((side) => isNumber(side, 1));
          const raw = ['&', '>>', '>>>'].includes(node.operator)
            ? sides.some(isCode)
            : compares || (sides.some(isField) && sides.some((side) => isNumber(side, 0)));
          if (raw) context.report({ node, message: 'Fields of an opcode have functions and names in src/isa/opcode.ts.' });
        },
      }),
    },
    'contributed-ids': spelledIn(
      /^bpfContext(\.|$)|\bbpfContext\.\w/,
      'Ids of commands, settings, views and colours are made by src/contributions.',
    ),
    'kernel-version': spelledIn(/\b7\.3(\.\d+)?\b/, 'The verified kernel is VERIFIED_KERNEL (src/kernel/releases.ts).'),
  },
};
