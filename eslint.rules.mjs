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

/** Functions of the editor that show words, and those that show what an object says. */
const SAYS = new Set(['showInformationMessage', 'showWarningMessage', 'showErrorMessage', 'setStatusBarMessage', 'createWebviewPanel']);
const ASKS = new Set(['showQuickPick', 'showInputBox', 'showOpenDialog', 'showSaveDialog', 'withProgress']);
const NAMED_BY_WORDS = new Set(['CodeAction', 'TreeItem']);
/** Fields that the editor shows, wherever they stand; and those that results have too. */
const SAID = new Set(['label', 'placeHolder', 'placeholder', 'prompt', 'openLabel', 'saveLabel', 'tooltip']);
const SAID_IN = new Set(['title', 'description', 'detail']);
/** Fields of items of the editor. */
const SAID_OF = new Set(['text', 'name', ...SAID, ...SAID_IN]);
const IN_ONE_LINE = new Set(['labelText', 'oneLine', 'eachLine']);

/** Whether an object is for the editor to show: it has such a field, or is what a prompt is given. */
function isForEditor({ properties, parent }) {
  const names = properties.map((p) => p.key?.name);
  return names.some((n) => n === 'command' || SAID.has(n)) || (parent.type === 'CallExpression' && ASKS.has(parent.callee.property?.name));
}

/** Literals with words of which an expression is made, `$(icons)` apart. Names are followed to the `const` that they are. */
function bareWords(node, scopeOf) {
  const all = (nodes) => nodes.flatMap((n) => bareWords(n, scopeOf));
  const isWords = (text) => /\p{L}{2}/u.test(text.replace(/\$\([\w-]+\)/g, ''));
  switch (node?.type) {
    case 'Literal':
      return typeof node.value === 'string' && isWords(node.value) ? [node] : [];
    case 'TemplateLiteral':
      return node.quasis.some((q) => isWords(q.value.cooked)) ? [node] : all(node.expressions);
    case 'ConditionalExpression':
      return all([node.consequent, node.alternate]);
    case 'LogicalExpression':
    case 'BinaryExpression':
      return all([node.left, node.right]);
    case 'CallExpression':
      return IN_ONE_LINE.has(node.callee.name) ? all(node.arguments) : [];
    case 'Identifier': {
      let scope = scopeOf(node);
      while (scope !== null && !scope.set.has(node.name)) scope = scope.upper;
      const [def] = scope?.set.get(node.name)?.defs ?? [];
      return def?.type === 'Variable' && def.parent.kind === 'const' && def.node.id.type === 'Identifier' ? all([def.node.init]) : [];
    }
    default:
      return [];
  }
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
    said: {
      create: (context) => {
        const seen = new Set();
        const check = (node) => {
          for (const words of bareWords(node, (n) => context.sourceCode.getScope(n))) {
            if (seen.has(words)) continue;
            seen.add(words);
            context.report({
              node: words,
              message: 'What the editor shows is said by vscode.l10n.t, as a whole sentence with {0} … in it.',
            });
          }
        };
        return {
          CallExpression: ({ callee, arguments: given }) => {
            if (SAYS.has(callee.property?.name)) given.forEach(check);
            if (ASKS.has(callee.property?.name) && given[0]?.type === 'ArrayExpression') given[0].elements.forEach(check);
          },
          NewExpression: ({ callee, arguments: [name] }) => NAMED_BY_WORDS.has(callee.property?.name) && check(name),
          Property: ({ key, value, parent }) =>
            parent.type === 'ObjectExpression' && (SAID.has(key.name) || (SAID_IN.has(key.name) && isForEditor(parent))) && check(value),
          AssignmentExpression: ({ left, right }) =>
            left.type === 'MemberExpression' && left.object.type !== 'ThisExpression' && SAID_OF.has(left.property.name) && check(right),
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
