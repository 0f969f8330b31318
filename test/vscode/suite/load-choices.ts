// SPDX-License-Identifier: GPL-2.0-only
/** What a loader decides, in the editor: constants, attach targets, types, refused maps, programs of several files, and the file that holds it all. */
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { Test } from '../../support/table';
import { closeAll, diagnostics, file, hoverText, lineOf, openVerified, poll, readText, settled, store, write } from './support';

const HEAD = `typedef unsigned int u32;
typedef unsigned long long u64;
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) __typeof__(val) *name
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
char LICENSE[] SEC("license") = "GPL";
`;

/** Right as long as \`careless\` is 0. */
const CONSTANTS = `${HEAD}
const volatile _Bool careless = 0;
const volatile u32 limit = 3;
const volatile struct { u32 port; char name[8]; } config = { 80, "none" };

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} numbers SEC(".maps");

SEC("tc")
int guarded(void *ctx)
{
	u32 key = limit + config.port + config.name[0];
	u64 *value = bpf_map_lookup_elem(&numbers, &key);

	if (careless) {
		u64 sum = *value;
		return sum + bpf_get_prandom_u32();
	}
	return value ? *value : 0;
}
`;

const lensesAt = async (uri: vscode.Uri, line: number): Promise<string[]> =>
  (await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 200))
    .filter((l) => l.range.start.line === line)
    .map((l) => l.command?.title ?? '');

const verdicts = async (uri: vscode.Uri): Promise<Record<string, string>> => {
  const s = await store();
  return Object.fromEntries((s.get(uri)?.result?.programs ?? []).map((p) => [p.program, p.verdict]));
};

/** Does something and waits until a file has been verified with choices that hold. */
async function verifiedWith(uri: vscode.Uri, action: () => unknown, holds: (values: Record<string, unknown>) => boolean): Promise<void> {
  await action();
  await settled(uri, (x) => x.busy === null && x.result !== null && x.error === null && x.edits === 0 && holds(x.choices.values ?? {}));
}

const fixesAt = async (uri: vscode.Uri, range: vscode.Range): Promise<vscode.CodeAction[]> =>
  (await vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, range)).filter((a) =>
    /^Choose /.test(a.title),
  );

export const loadChoices: readonly Test[] = [
  {
    name: 'load choices: a lens over each constant says what it was verified with, and other values are verified as soon as they are chosen',
    run: async () => {
      await write('loading/constants.bpf.c', CONSTANTS);
      const { uri, document } = await openVerified('loading/constants.bpf.c');
      const text = document.getText();
      const line = lineOf(text, '_Bool careless');
      const never = lineOf(text, 'u64 sum = *value;');
      assert.deepEqual(await lensesAt(uri, line), [
        `verified with careless = false, as compiled · line ${never + 1} never runs`,
        'Set value…',
        'Any value',
      ]);
      assert.match(await hoverText(uri, never, 3), /Never runs: `careless` is `false`\./);
      assert.deepEqual((await lensesAt(uri, lineOf(text, 'u32 limit')))[0], 'verified with limit = 3, as compiled');
      assert.deepEqual((await lensesAt(uri, lineOf(text, '} config =')))[0], 'verified with config as compiled');

      const target = { uri: uri.toString(), constant: 'careless' };
      await verifiedWith(
        uri,
        () => vscode.commands.executeCommand('bpfContext.anyConstant', target),
        (v) => v['careless'] === 'any',
      );
      assert.deepEqual(await verdicts(uri), { guarded: 'reject' });
      assert.deepEqual(await lensesAt(uri, line), [
        'verified for any value of careless, both sides of its branches',
        'Set value…',
        'As compiled',
      ]);
      const load = file('loading/constants.bpf-load.json');
      assert.equal(await readText(load), '{\n  "values": {\n    "careless": "any"\n  }\n}\n');

      // one step, which can be undone where it was written
      const shown = await vscode.window.showTextDocument(load, { viewColumn: vscode.ViewColumn.Two });
      assert.equal(shown.document.languageId, 'jsonc');
      await vscode.commands.executeCommand('bpfContext.resetConstant', target);
      await settled(uri, (x) => x.busy === null && x.error === null && Object.keys(x.choices.values ?? {}).length === 0);
      assert.deepEqual(await verdicts(uri), { guarded: 'accept' });
      await verifiedWith(
        uri,
        () => vscode.commands.executeCommand('undo'),
        (v) => v['careless'] === 'any',
      );
      assert.deepEqual(await verdicts(uri), { guarded: 'reject' });
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await closeAll();
    },
  },
  {
    name: 'load choices: a value that is typed is checked against the type and written with what stands there',
    run: async () => {
      await write('loading/typed.bpf.c', CONSTANTS);
      await write('loading/typed.bpf-load.json', '// set by the daemon\n{\n  "values": { "careless": false } // never\n}\n');
      const { uri } = await openVerified('loading/typed.bpf.c');
      const set = vscode.commands.executeCommand('bpfContext.setConstant', { uri: uri.toString(), constant: 'limit' });
      // the input box refuses what the type does not hold, and stays; then it takes what it holds
      await poll(async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        return Object.hasOwn((await store()).get(uri)?.choices.values ?? {}, 'limit');
      }, 'the value in force');
      await set;
      const text = await readText(file('loading/typed.bpf-load.json'));
      assert.match(text, /^\/\/ set by the daemon\n/);
      assert.match(text, /"careless": false/);
      assert.match(text, /"limit": 3/);
      assert.match(text, /\/\/ never/);
      await closeAll();
    },
  },
  {
    name: 'load choices: what is wrong in a load file is said in it, once and at its place, and the last result stays',
    run: async () => {
      await write('loading/wrong.bpf.c', CONSTANTS);
      const { uri } = await openVerified('loading/wrong.bpf.c');
      const load = file('loading/wrong.bpf-load.json');
      const wrong: readonly (readonly [text: string, under: string, says: RegExp])[] = [
        ['{ "values": { "limt": 3 } }', '3', /there is no constant limt; there are/],
        ['{ "values": { "limit": -1 } }', '-1', /limit: -1 is not in bytes of/],
        ['{ "programs": { "gone": { "load": false } } }', '"gone"', /there is no program gone; there are guarded/],
        ['{ "value": {} }', '"value"', /unknown property; there are values, programs, maps/],
      ];
      for (const [text, under, says] of wrong) {
        await write('loading/wrong.bpf-load.json', text);
        const list = await diagnostics(load, (l) => l.some((d) => says.test(d.message)));
        assert.equal(list.length, 1, JSON.stringify(list));
        const { start, end } = list[0]!.range;
        assert.equal(text.slice(start.character, end.character), under);
        const state = await settled(uri, (x) => x.busy === null && x.error !== null);
        assert.deepEqual(
          state.result?.programs.map((p) => p.verdict),
          ['accept'],
        );
        assert.equal(vscode.languages.getDiagnostics(uri).filter((d) => d.source?.startsWith('bpf')).length, 0);
      }
      await vscode.workspace.fs.delete(load);
      await settled(uri, (x) => x.busy === null && x.error === null);
      await diagnostics(load, (l) => l.length === 0);
      await closeAll();
    },
  },
  {
    name: 'load choices: a load file is completed by its schema',
    run: async () => {
      const offered = async (name: string, marked: string): Promise<string[]> => {
        const uri = await write(`loading/${name}.bpf-load.json`, marked.replace('|', ''));
        const document = await vscode.workspace.openTextDocument(uri);
        await vscode.window.showTextDocument(document);
        const found = await poll(async () => {
          const list = await vscode.commands.executeCommand<vscode.CompletionList>(
            'vscode.executeCompletionItemProvider',
            uri,
            document.positionAt(marked.indexOf('|')),
          );
          return list.items.length > 0 ? list.items.map((i) => (typeof i.label === 'string' ? i.label : i.label.label)) : null;
        }, `completions in ${name}`);
        return (found ?? []).map((l) => l.replace(/^"|"$/g, ''));
      };
      const sections = await offered('top', '{\n  |\n}');
      for (const name of ['values', 'programs', 'maps', 'files']) assert.ok(sections.includes(name), sections.join(', '));
      const properties = await offered('program', '{ "programs": { "p": { | } } }');
      for (const name of ['type', 'attach', 'load']) assert.ok(properties.includes(name), properties.join(', '));
      const types = await offered('type', '{ "programs": { "p": { "type": | } } }');
      for (const name of ['xdp', 'fentry.s']) assert.ok(types.includes(name), types.join(', '));
      await closeAll();
    },
  },
  {
    name: 'load choices: quick fixes choose the attach target and the program type that the source leaves open',
    run: async () => {
      await write(
        'loading/open.bpf.c',
        `${HEAD}\nSEC("fentry")\nint traced(u64 *ctx)\n{\n\treturn 0;\n}\n\nSEC("handler")\nint unnamed(void *ctx)\n{\n\treturn 0;\n}\n`,
      );
      const { uri, document } = await openVerified('loading/open.bpf.c');
      const list = await diagnostics(uri, (l) => l.length === 2);
      const of = (program: string): vscode.Diagnostic => list.find((d) => d.message.startsWith(`${program}: `))!;
      assert.equal(of('traced').range.start.line, lineOf(document.getText(), 'SEC("fentry")'));
      assert.equal(of('unnamed').range.start.line, lineOf(document.getText(), 'SEC("handler")'));
      const [attach] = await fixesAt(uri, of('traced').range);
      const [type] = await fixesAt(uri, of('unnamed').range);
      assert.deepEqual([attach?.title, type?.title], ['Choose what traced is attached to…', 'Choose the program type of unnamed…']);
      const run = (action: vscode.CodeAction, more: object): Thenable<unknown> =>
        vscode.commands.executeCommand(action.command!.command, { ...(action.command!.arguments![0] as object), ...more });
      await run(attach!, { target: 'tcp_sendmsg' });
      await settled(uri, (x) => x.busy === null && x.result?.failed.length === 1);
      await run(type!, { type: 'xdp' });
      const state = await settled(uri, (x) => x.busy === null && x.result?.failed.length === 0);
      assert.deepEqual(
        state.result?.programs.map((p) => [p.program, p.verdict, p.assumptions]),
        [
          ['traced', 'accept', ['attached to tcp_sendmsg']],
          ['unnamed', 'accept', ['type xdp']],
        ],
      );
      await diagnostics(uri, (l) => l.length === 0);
      const s = await store();
      const answer = await s.reference(uri, { ask: 'targets', section: 'fentry', text: 'tcp_sendmsg' });
      assert.ok(answer?.ask === 'targets');
      assert.equal(answer.targets[0]?.name, 'tcp_sendmsg');
      assert.match(answer.targets[0]?.signature ?? '', /^int \(struct sock \*sk, struct msghdr \*msg, /);
      await closeAll();
    },
  },
  {
    name: 'load choices: a map that the kernel refuses is a problem on its definition',
    run: async () => {
      await write(
        'loading/refused.bpf.c',
        `${HEAD}\nstruct {\n\t__uint(type, 2);\n\t__uint(max_entries, 1);\n\t__type(key, u64);\n\t__type(value, u64);\n} wide SEC(".maps");\n\nSEC("tc")\nint uses(void *ctx)\n{\n\tu64 key = 0;\n\treturn bpf_map_lookup_elem(&wide, &key) != 0;\n}\n`,
      );
      const { uri, document } = await openVerified('loading/refused.bpf.c');
      const [d] = await diagnostics(uri, (l) => l.length === 1);
      assert.equal(document.getText(d!.range), 'wide');
      assert.equal(d!.range.start.line, lineOf(document.getText(), '} wide'));
      assert.equal(d!.severity, vscode.DiagnosticSeverity.Error);
      assert.match(d!.message, /^map 'wide': failed to create: -EINVAL: /);
      await closeAll();
    },
  },
  {
    name: 'load choices: files that call each other are one program, whichever is opened; saving one verifies it anew',
    run: async () => {
      await write(
        'together/front.bpf.c',
        `${HEAD}\nint pick(u32 n);\n\nSEC("xdp")\nint front(void *ctx)\n{\n\treturn pick(bpf_get_prandom_u32());\n}\n`,
      );
      await write('together/back.bpf.c', `${HEAD}\nint pick(u32 n)\n{\n\treturn n & 1;\n}\n`);
      const { uri, state, document } = await openVerified('together/front.bpf.c');
      // a preview would go, and its result with it
      await vscode.window.showTextDocument(document, { preview: false });
      assert.deepEqual(
        state.program?.files.map((f) => f.path.split('/').pop()),
        ['front.bpf.c', 'back.bpf.c'],
      );
      assert.deepEqual(await verdicts(uri), { front: 'accept' });
      const back = await openVerified('together/back.bpf.c');
      assert.deepEqual(back.state.program?.main.toString(), uri.toString());
      assert.deepEqual(await verdicts(back.uri), { front: 'accept' });

      const edit = new vscode.WorkspaceEdit();
      edit.replace(back.uri, back.document.lineAt(lineOf(back.document.getText(), 'return n & 1;')).range, '\treturn *(int *)(long)n;');
      await vscode.workspace.applyEdit(edit);
      await settled(uri, (x) => x.edits > 0);
      await back.document.save();
      await settled(uri, (x) => x.busy === null && x.edits === 0 && x.result?.programs[0]?.verdict === 'reject');
      const list = await diagnostics(back.uri, (l) => l.length > 0);
      assert.equal(list.length, 1, JSON.stringify(list));
      assert.equal(list[0]!.range.start.line, lineOf(back.document.getText(), 'return *(int *)'));
      await closeAll();
    },
  },
  {
    name: 'load choices: the build names the files of a program; a lone part offers to choose them, and a load file wins',
    run: async () => {
      const part = (name: string, text: string): Promise<vscode.Uri> => write(`linkedby/${name}`, `${HEAD}\n${text}`);
      await part('one.bpf.c', 'int two(u32 n);\n\nSEC("xdp")\nint one(void *ctx)\n{\n\treturn two(bpf_get_prandom_u32());\n}\n');
      await part('lib_a.bpf.c', 'int two(u32 n)\n{\n\treturn n & 1;\n}\n');
      await part('lib_b.bpf.c', 'int two(u32 n)\n{\n\treturn n & 3;\n}\n');
      // both define it: which is meant is not guessed
      const { uri } = await openVerified('linkedby/one.bpf.c');
      const [d] = await diagnostics(uri, (l) => l.length === 1);
      assert.match(d!.message, /^one: 'two' is defined in another file: this is a part of a program/);
      assert.deepEqual(
        (await fixesAt(uri, d!.range)).map((a) => a.title),
        ['Choose the files of this program…'],
      );
      const s = await store();
      const ends = async (action: () => Thenable<unknown>, other: string): Promise<void> => {
        await action();
        await s.run(uri);
        const state = await settled(
          uri,
          (x) => x.busy === null && x.error === null && x.program?.files.at(-1)?.path.endsWith(other) === true,
        );
        assert.deepEqual(
          state.result?.programs.map((p) => p.verdict),
          ['accept'],
        );
      };
      await ends(
        () => write('linkedby/Makefile', 'PARTS = one.bpf.o lib_b.bpf.o\nall.bpf.o: $(PARTS)\n\tbpftool gen object $@ $^\n'),
        '/lib_b.bpf.c',
      );
      assert.equal(s.get(uri)?.program?.how, 'build');
      await ends(() => write('linkedby/one.bpf-load.json', '{ "files": ["lib_a.bpf.c"] }'), '/lib_a.bpf.c');
      assert.equal(s.get(uri)?.program?.how, 'chosen');
      await closeAll();
      for (const folder of ['linkedby', 'together', 'loading']) await vscode.workspace.fs.delete(file(folder), { recursive: true });
    },
  },
];
