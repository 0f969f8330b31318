// SPDX-License-Identifier: GPL-2.0-only
import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import type { FileState } from '../../../src/extension/file-state';
import type { Test } from '../../support/table';
import { diagnostics, file, openVerified, settled, store, withSetting, write } from './support';

/** Analyses bytes as an object of the workspace. */
async function analyse(name: string, bytes: Uint8Array): Promise<FileState> {
  const uri = await write(name, bytes);
  return (await store()).run(uri);
}

async function example(): Promise<Uint8Array> {
  return vscode.workspace.fs.readFile(file('contexts.bpf.o'));
}

/** A file that cannot be used must say so in words: what is wrong, never a stack trace, never a verdict. */
function assertUnreadable(state: FileState, what: string): void {
  assert.equal(state.result, null, `${what}: there must be no result`);
  assert.ok(state.error !== null, `${what}: there must be an error`);
  assert.notEqual(state.error.kind, 'internal', `${what}: ${state.error.message}`);
  assert.ok(state.error.title.length > 10 && state.error.message.length > 5, `${what}: "${state.error.title}" "${state.error.message}"`);
  assert.doesNotMatch(`${state.error.title} ${state.error.message}`, /undefined|TypeError|RangeError|\bat \w+ \(|Offset is outside/, what);
}

/** Reproducible noise. */
function* noise(seed: number): Generator<number, never> {
  let x = seed;
  for (;;) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x >>> 8;
  }
}

export const failures: readonly Test[] = [
  {
    name: 'a file that is no BPF object says what it is',
    run: async () => {
      const empty = await analyse('empty.bpf.o', new Uint8Array());
      assertUnreadable(empty, 'empty');
      assert.match(empty.error!.message, /0 bytes/);
      const text = await analyse('text.bpf.o', new TextEncoder().encode('this is not an object, only some text that is long enough'));
      assertUnreadable(text, 'text');
      assert.match(text.error!.message, /neither as an ELF object \(7f 45 4c 46\), nor as an archive or LLVM code/);
      const x86 = Uint8Array.from(await example());
      x86[18] = 62;
      const foreign = await analyse('x86.bpf.o', x86);
      assertUnreadable(foreign, 'x86');
      assert.match(foreign.error!.message, /62/);
      const list = await diagnostics(file('text.bpf.o'), (l) => l.length === 1);
      assert.match(list[0]!.message, /is no BPF object/);
    },
  },
  {
    name: 'truncated objects are refused at every length, with a clear message',
    run: async () => {
      const whole = await example();
      const lengths = [20, 63, 64, 100, 500, 1000, 2500, whole.length - 2000, whole.length - 64, whole.length - 1];
      for (const length of lengths)
        assertUnreadable(await analyse('cut.bpf.o', whole.slice(0, length)), `${length} of ${whole.length} bytes`);
    },
  },
  {
    name: 'hostile headers and random damage never break the analysis',
    run: async () => {
      const whole = await example();
      const with64 = (offset: number, value: bigint): Uint8Array => {
        const copy = Uint8Array.from(whole);
        new DataView(copy.buffer).setBigUint64(offset, value, true);
        return copy;
      };
      const with16 = (offset: number, value: number): Uint8Array => {
        const copy = Uint8Array.from(whole);
        new DataView(copy.buffer).setUint16(offset, value, true);
        return copy;
      };
      assertUnreadable(await analyse('hostile.bpf.o', with64(40, 0xffff_ffff_ffff_fff0n)), 'e_shoff far outside');
      assertUnreadable(await analyse('hostile.bpf.o', with16(60, 0xffff)), 'e_shnum 65535');
      assertUnreadable(await analyse('hostile.bpf.o', with16(58, 1)), 'e_shentsize 1');
      assertUnreadable(await analyse('hostile.bpf.o', with16(62, 0xfff0)), 'e_shstrndx outside');
      const random = noise(20250901);
      for (let round = 0; round < 40; round++) {
        const copy = Uint8Array.from(whole);
        for (let n = 0; n < 12; n++) copy[64 + (random.next().value % (copy.length - 64))] = random.next().value & 0xff;
        const state = await analyse('damaged.bpf.o', copy);
        assert.ok(
          state.error === null || state.error.kind !== 'internal',
          `round ${round}: ${state.error?.message}\n${state.error?.details.join('\n')}`,
        );
        assert.equal(state.busy, null);
      }
      const after = await analyse('damaged.bpf.o', whole);
      assert.equal(after.error, null, 'the good file must work after all that');
      assert.equal(after.result?.programs.length, 9);
    },
  },
  {
    name: 'C that does not compile: the compiler’s error on its line, and the last good result stays, marked stale',
    run: async () => {
      await vscode.workspace.fs.copy(file('vma_walk.bpf.c'), file('broken.bpf.c'), { overwrite: true });
      const { uri, document, state } = await openVerified('broken.bpf.c');
      const good = state.result;
      const insert = new vscode.WorkspaceEdit();
      insert.insert(uri, new vscode.Position(10, 0), 'int broken = nonsense;\n');
      await vscode.workspace.applyEdit(insert);
      const edited = await settled(uri, (s) => s.edits > 0);
      assert.equal(edited.result, good, 'an edit alone keeps the result');
      await document.save();
      const failed = await settled(uri, (s) => s.busy === null && s.error !== null);
      assert.equal(failed.error!.kind, 'compile-error');
      assert.equal(failed.error!.title, 'broken.bpf.c does not compile');
      assert.match(failed.error!.message, /^11:14: use of undeclared identifier 'nonsense'/);
      assert.equal(failed.result, good, 'the last good result must stay');
      assert.ok(failed.edits > 0, 'it must be stale');
      const list = await diagnostics(uri, (l) => l.length === 1 && l[0]!.source === 'clang');
      assert.equal(list[0]!.range.start.line, 10);
      assert.equal(list[0]!.severity, vscode.DiagnosticSeverity.Error);
      const remove = new vscode.WorkspaceEdit();
      remove.delete(uri, new vscode.Range(10, 0, 11, 0));
      await vscode.workspace.applyEdit(remove);
      await document.save();
      const healed = await settled(uri, (s) => s.busy === null && s.error === null && s.edits === 0);
      assert.equal(healed.result!.programs.length, 2);
      await diagnostics(uri, (l) => l.length > 0 && l.every((d) => d.source !== 'clang'));
    },
  },
  {
    name: 'an error in a header stands in the header',
    run: async () => {
      await write('bad.h', '#pragma once\nint ok;\nint wrong = missing_name;\n');
      const uri = await write(
        'includes.bpf.c',
        '#include "bpf_example.h"\n#include "bad.h"\nSEC("tc") int p(void *ctx) { return 0; }\nchar LICENSE[] SEC("license") = "GPL";\n',
      );
      await vscode.window.showTextDocument(uri);
      await settled(uri, (s) => s.busy === null && s.error !== null);
      const list = await diagnostics(file('bad.h'), (l) => l.length === 1);
      assert.equal(list[0]!.range.start.line, 2);
      await write('bad.h', '#pragma once\nint ok;\n');
      await (await store()).run(uri);
      await diagnostics(file('bad.h'), (l) => l.length === 0);
    },
  },
  {
    name: 'a missing clang is said, with the setting that helps; a found one heals it',
    run: async () => {
      await vscode.workspace.fs.copy(file('contexts.bpf.c'), file('noclang.bpf.c'), { overwrite: true });
      await withSetting('clang.path', '/nonexistent/clang', async () => {
        const uri = file('noclang.bpf.c');
        await vscode.window.showTextDocument(uri);
        const state = await settled(uri, (s) => s.busy === null && s.error !== null);
        assert.equal(state.error!.kind, 'compiler-missing');
        assert.match(state.error!.message, /\/nonexistent\/clang/);
        assert.match(state.error!.message, /bpfContext\.clang\.path/);
        const list = await diagnostics(uri, (l) => l.length === 1);
        assert.match(list[0]!.message, /clang was not found/);
        assert.equal(list[0]!.code, 'compiler-missing');
      });
      const state = await settled(file('noclang.bpf.c'), (s) => s.busy === null && s.error === null && s.result !== null);
      assert.equal(state.result!.programs.length, 9);
    },
  },
  {
    name: 'an object without programs says so',
    run: async () => {
      const uri = await write('nothing.bpf.c', 'int x;\nchar LICENSE[] __attribute__((section("license"), used)) = "GPL";\n');
      await vscode.window.showTextDocument(uri);
      const state = await settled(uri, (s) => s.busy === null && s.error !== null);
      assert.equal(state.error!.kind, 'no-programs');
      assert.match(state.error!.message, /no BPF program/);
    },
  },
];
