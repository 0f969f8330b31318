// SPDX-License-Identifier: GPL-2.0-only
/** The whole extension in a unit test: its editor is `editor` (vscode.ts), its worker runs in this thread, its compiler has the objects ready. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { vi } from 'vitest';
import type { CompileResult } from '../../src/compiler/clang';
import type { HowCompiled } from '../../src/compiler/how';
import type { Asked, BuildQuestion } from '../../src/compiler/ask-build';
import type { Opened, OpenRequest, Ways } from '../../src/compiler/project-compiler';
import type { BuildChoice } from '../../src/compiler/remembered';
import type { Host } from '../../src/extension/shared';
import { editor, memento, Uri } from './vscode';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What the compiler does, by file. */
export const compiler = {
  /** Objects of sources, or why there is none. */
  results: new Map<string, Uint8Array | CompileResult>(),
  how: null as HowCompiled | null,
  asked: [] as OpenRequest[],
  ways: { builds: [], questions: [], choice: null } as Ways,
  /** Answer of a build tool. */
  answer: { kind: 'failed', reason: 'make is not there' } as Asked,
  chosen: [] as (BuildChoice | null)[],
  questions: [] as BuildQuestion[],
  forgotten: [] as string[],
};

class ReadyCompiler {
  readonly remembered = { choose: (_file: string, choice: BuildChoice | null) => compiler.chosen.push(choice) };
  async compile(request: OpenRequest): Promise<Opened> {
    compiler.asked.push(request);
    await Promise.resolve();
    const found = compiler.results.get(request.file);
    const result: CompileResult =
      found === undefined
        ? { kind: 'missing', tried: ['clang'] }
        : found instanceof Uint8Array
          ? { kind: 'ok', object: found, diagnostics: [], headers: [] }
          : found;
    return { result, how: compiler.how };
  }
  ways(): Promise<Ways> {
    return Promise.resolve(compiler.ways);
  }
  ask(question: BuildQuestion): Promise<Asked> {
    compiler.questions.push(question);
    return Promise.resolve(compiler.answer);
  }
  forget(folder: string): void {
    compiler.forgotten.push(folder);
  }
}

vi.doMock('node:worker_threads', async (actual) => ({ ...(await actual<object>()), Worker: (await import('./thread')).InThread }));
vi.doMock('../../src/compiler/project-compiler', () => ({ ProjectCompiler: ReadyCompiler }));

/** Bytes of a file of this project. */
export function projectFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(ROOT, name)));
}

/** Puts a source of this project and its object, ready compiled, into the workspace `/w`; gives its path there. */
export function addProgram(name: string, change: (text: string) => string = (text) => text): string {
  const file = `/w/${path.basename(name)}`;
  editor.files.set(file, change(new TextDecoder().decode(projectFile(name))));
  compiler.results.set(file, projectFile(name.replace(/\.[cs]$/, '.o')));
  return file;
}

/** Turns of the event loop without work after which nothing is to come. */
const QUIET_TURNS = 20;

export interface Running {
  readonly host: Host;
  readonly context: { readonly subscriptions: { dispose(): unknown }[] };
  /** Waits until nothing is verified, compared or about to be. */
  settled(): Promise<void>;
  dispose(): Promise<void>;
}

/** Starts the extension with the files and documents that the editor has. */
export async function startExtension(): Promise<Running> {
  const { start } = await import('../../src/extension/host');
  const context = {
    subscriptions: [] as { dispose(): unknown }[],
    extensionUri: Uri.file(ROOT),
    globalStorageUri: Uri.file('/storage'),
    workspaceState: memento(),
    extension: { packageJSON: { version: '1.0.0' } },
  };
  const host = start(context as never);
  const { thread } = await import('./thread');
  const isBusy = (): boolean => thread.open.size > 0 || host.store.all().some((s) => s.busy !== null || s.compare?.busy === true);
  /** Some turns of the event loop in a row, in which what was told is carried out. */
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = isBusy() ? 0 : quiet + 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    host,
    context,
    settled,
    dispose: async () => {
      await settled();
      context.subscriptions.splice(0).forEach((s) => void s.dispose());
    },
  };
}
