// SPDX-License-Identifier: GPL-2.0-only
/** From a source on the command line to its object, as the editor would compile it. A bundle of its own, for the runs that are given sources. */
import path from 'node:path';
import { headersKey } from '../analysis/headers';
import { type Asked, askedWords } from '../compiler/ask-build';
import { cacheFolder } from '../compiler/cache-folder';
import { expandArguments } from '../compiler/flags';
import type { HeaderTexts } from '../headers';
import { HeaderStore } from '../compiler/header-store';
import { type HowCompiled, kindWords, placeWords, sourceWords, suppliedWords } from '../compiler/how';
import { compileIr } from '../compiler/ir';
import { languageOf } from '../compiler/language';
import { compileMessage, shownDiagnostics } from '../compiler/message';
import { ProjectCompiler } from '../compiler/project-compiler';
import { foundFolders } from '../compiler/setup';
import type { FileError } from '../protocol/model';
import { type ObjectInput, unreadable } from './inputs';
import type { CommonOptions } from './options';
import type { CliPaths } from './paths';
import { tell } from './tell';

export { endGuests } from '../compiler/guest';

const TIMEOUT_MS = 120_000;

type Made = ObjectInput | { readonly error: FileError };

/** What was found out about a source, one fact a line. */
export function howText(file: string, how: HowCompiled): string {
  const lines = [
    `compiled by: ${sourceWords(how)}`,
    ...how.considered.filter((c) => !c.used).map((c) => `not used: ${kindWords(c.kind)} ${placeWords(how, c)}: ${c.why}`),
    ...foundFolders(how.setup).map(([option, f]) => `found in the project: ${option} ${f}`),
    ...how.setup.extra.map((e) => `found to be missing: ${e}`),
    `headers: ${suppliedWords(how)}`,
    `command: ${[how.clang, ...how.args].map((a) => (/^[\w@%+=:,./-]+$/.test(a) ? a : `'${a.replaceAll("'", `'\\''`)}'`)).join(' ')} < ${how.through ?? file}`,
  ];
  return lines.map((l) => `${file}: ${l}\n`).join('');
}

function noCompiler(shown: string, tried: string): { readonly error: FileError } {
  return {
    error: {
      kind: 'compiler-missing',
      title: 'clang was not found',
      message: `${shown} is compiled with clang${tried === '' ? '' : `; looked for ${tried}`}. Install it, or name it with --clang.`,
      details: [],
      diagnostics: [],
    },
  };
}

/** Compiles the sources of one run. */
export class SourceCompiler {
  private readonly compiler = new ProjectCompiler(new HeaderStore(cacheFolder()));
  /** Builds that were asked, by their file. */
  private readonly asked = new Map<string, Promise<Asked>>();

  /** @param headersOf what makes the kernel's headers where a project has none */
  constructor(
    private readonly options: CommonOptions,
    private readonly paths: CliPaths,
    private readonly headersOf: () => Promise<HeaderTexts>,
  ) {}

  /** Asks the builds that could know of a source, each once, nearest first, until one does. */
  private async ask(file: string): Promise<void> {
    const { questions } = await this.compiler.ways(file, null);
    for (const question of questions) {
      let asked = this.asked.get(question.file);
      if (asked === undefined) {
        tell(`${askedWords(question.tool)} in ${question.folder}\n`);
        asked = this.compiler.ask(question);
        this.asked.set(question.file, asked);
      }
      const said = await asked;
      if (said.kind === 'failed') tell(`${question.file}: ${said.reason}\n`);
      if (said.kind === 'answered' && said.build.commands.some((c) => c.file === file)) return;
    }
  }

  /** The object of LLVM's intermediate code. */
  async ofIr(shown: string, bytes: Uint8Array): Promise<Made> {
    const made = await compileIr({
      clang: this.options.clang,
      name: shown,
      folder: process.cwd(),
      bytes,
      timeoutMs: TIMEOUT_MS,
    });
    if (made.kind === 'ok') return { bytes: made.object, source: null };
    if (made.kind === 'missing') return noCompiler(shown, this.options.clang);
    return unreadable(shown, made.kind === 'failed' ? made.reason : 'compilation was cancelled');
  }

  /** The object of a C or assembly file. */
  async ofSource(shown: string, bytes: Uint8Array): Promise<Made> {
    const source = { file: path.resolve(shown), text: new TextDecoder().decode(bytes) };
    const args = expandArguments(this.options.clangArgs, { workspace: process.cwd(), file: source.file });
    const kernel = { bundle: this.paths.kernel, btf: this.options.kernelBtf };
    const headers = { key: () => headersKey(kernel), source: this.headersOf };
    if (this.options.askMake && languageOf(shown) === 'c') await this.ask(source.file);
    const { result, how } = await this.compiler.compile({
      clang: this.options.clang,
      ...source,
      args,
      timeoutMs: TIMEOUT_MS,
      workspace: null,
      headers,
      useBuild: this.options.buildFiles,
    });
    if (this.options.how && how !== null) tell(howText(shown, how));
    switch (result.kind) {
      case 'ok':
        return { bytes: result.object, source };
      case 'missing':
        return noCompiler(shown, result.tried.join(', '));
      case 'failed': {
        const message = compileMessage(source.file, result, how);
        const diagnostics = shownDiagnostics(result, message);
        const said = diagnostics.length > 0 ? [] : message.text.split('\n');
        return {
          error: { kind: 'compile-error', title: `${shown} does not compile`, message: said[0] ?? '', details: said.slice(1), diagnostics },
        };
      }
      case 'cancelled':
        return unreadable(shown, 'compilation was cancelled');
    }
  }
}
