// SPDX-License-Identifier: GPL-2.0-only
/** Compiles sources as their project has them: finds how, tries, remembers. The one door for editor and command line. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { askBuild, type Asked, type BuildQuestion, buildQuestions } from './ask-build';
import { findBuilds, type FoundBuilds } from './builds';
import { clangArguments, compile, type CompileRequest, type CompileResult, findClang, insteadOf } from './clang';
import type { HeaderSource, HeaderStore, SuppliedHeaders } from './header-store';
import { expandArguments } from './flags';
import { hostFolders } from './host';
import { consideredOf, type HowCompiled, type MissingAdvice } from './how';
import { languageOf } from './language';
import { whoMakes } from './makers';
import { findHeader, includesOf, listProject, wholesOf, type ProjectFiles, type ProjectPlace, projectRoot } from './project';
import { missingHeader, type RepairContext } from './repair';
import { type BuildChoice, type Memory, Remembered } from './remembered';
import { search } from './search';
import { type BuildFlags, EMPTY, type Setup, setupArguments, type Surroundings } from './setup';

/** Milliseconds after which a project's names are read again if something is missing. */
const STALE_MS = 20_000;
/** Bytes under which a `vmlinux.h` is no such thing: a link of a file store. */
const SMALLEST_VMLINUX = 200;
/** Ways of the builds that are tried. */
const MAX_BUILDS = 4;
/** Sources that a file may be part of that are named. */
const MAX_INCLUDERS = 3;

export interface OpenRequest extends CompileRequest {
  /** Folder of the workspace that the file lies in, null for none. */
  readonly workspace: string | null;
  /** Key of the supplied headers, and who makes them. */
  readonly headers: { readonly key: () => string; readonly source: HeaderSource };
  /** False to compile with the settings' arguments and supplied headers alone. */
  readonly useBuild: boolean;
  /**
   * Whether all types of the kernel stand in for its own headers (`linux/sched.h` with `struct task_struct`): where a source wants them, for every
   * source, for none.
   */
  readonly kernelHeaders?: 'auto' | 'standIn' | 'own';
  /** Set when a source is compiled for a part of it. */
  readonly part?: boolean;
}

export interface Opened {
  readonly result: CompileResult;
  /** Null when the compiler was not even asked. */
  readonly how: HowCompiled | null;
}

/** The ways in which a source can be compiled. */
export interface Ways {
  readonly builds: readonly BuildFlags[];
  /** Builds that were not asked, or can be asked again. */
  readonly questions: readonly BuildQuestion[];
  readonly choice: BuildChoice | null;
}

interface Listing {
  readonly files: Promise<ProjectFiles>;
  readonly at: number;
}

/** State: names of projects, builds, and what worked in each folder. */
export class ProjectCompiler {
  private readonly listings = new Map<string, Listing>();

  constructor(
    private readonly store: HeaderStore,
    readonly remembered: Remembered = new Remembered(),
  ) {}

  /** Drops what was found for a folder. */
  forget(folder: string): void {
    this.listings.clear();
    this.remembered.keep(folder, null);
  }

  /** All ways to compile a source, for a person to choose from. */
  async ways(file: string, workspace: string | null): Promise<Ways> {
    const project = projectRoot(file, workspace);
    const files = await this.listing(project, STALE_MS);
    const { builds } = findBuilds(file, project.root, files, this.remembered.answers());
    return { builds, questions: buildQuestions(file, project.root), choice: this.remembered.choice(file) };
  }

  /** Asks a build what it would run, and keeps the answer for all its sources. To be called only when a person wants that. */
  async ask(question: BuildQuestion, signal?: AbortSignal): Promise<Asked> {
    const asked = await askBuild(question, signal);
    if (asked.kind === 'answered') this.remembered.answered(question.file, asked.build);
    return asked;
  }

  /** Names of the project, read again if they are old. */
  private listing({ root, depth }: ProjectPlace, maxAge: number): Promise<ProjectFiles> {
    const old = this.listings.get(root);
    if (old !== undefined && Date.now() - old.at < maxAge) return old.files;
    const files = listProject(root, depth);
    this.listings.set(root, { files, at: Date.now() });
    return files;
  }

  async compile(request: OpenRequest): Promise<Opened> {
    const clang = await findClang(request.clang);
    if (clang === null) return { result: await compile(request), how: null };
    const supplied = await this.supplied(request);
    const around: Surroundings = { host: await hostFolders(clang, request.signal), supplied, settings: request.args };
    const attempt = (setup: Setup): Promise<CompileResult> =>
      compile({ ...request, clang, args: ['-H', ...setupArguments(setup, around)] });
    const project = projectRoot(request.file, request.workspace);
    const { root } = project;
    const begun = Date.now();
    let files = await this.listing(project, STALE_MS);
    const choice = this.remembered.choice(request.file);
    const found =
      request.useBuild && languageOf(request.file) === 'c'
        ? findBuilds(request.file, root, files, this.remembered.answers())
        : { builds: [], considered: [] };
    const builds = choice === null ? { ...found, builds: found.builds.slice(0, MAX_BUILDS) } : chosenBuild(choice, found, request);
    const contextOf = (now: ProjectFiles): RepairContext => ({
      file: request.file,
      files: now,
      store: this.store,
      around,
      builds: builds.builds,
      useBuild: request.useBuild,
      fixed: choice !== null,
      kernelHeaders: request.kernelHeaders ?? 'auto',
      text: request.text,
      includes: includesOf(request.text),
    });
    let context = contextOf(files);
    const first = await this.firstSetup(request, builds, files);
    let end = await search(first, attempt, context, request.signal);
    if (end.result.kind === 'failed' && missingHeader(end.result.diagnostics) !== null && (this.listings.get(root)?.at ?? 0) < begun) {
      // the header may have come since the project was listed
      files = await this.listing(project, 0);
      context = contextOf(files);
      const again = await search(end.setup, attempt, context, request.signal);
      end = { ...again, tries: end.tries + again.tries };
    }
    if (end.result.kind === 'failed' && this.remembered.memory(path.dirname(request.file)) !== undefined) {
      // what worked for a neighbour may be what is wrong here
      const again = await search(
        {
          ...EMPTY,
          build: builds.builds[0] ?? null,
          vmlinux: await usableVmlinux(files, request.file),
          kernel: request.kernelHeaders === 'standIn',
        },
        attempt,
        context,
        request.signal,
      );
      end = again.result.kind === 'ok' ? { ...again, tries: end.tries + again.tries } : end;
    }
    if (end.result.kind === 'ok') this.keep(request.file, end.setup);
    const how = await this.describe(request, clang, end, { root, files, around, builds, found, choice });
    return (await this.throughWhole(request, how)) ?? { result: end.result, how };
  }

  /** For a file that is a part of another and compiles only there: the other, with this one's text as it is. Null if that is no way either. */
  private async throughWhole(request: OpenRequest, how: HowCompiled): Promise<Opened | null> {
    const [whole] = how.partOf;
    if (whole === undefined || request.part === true || request.signal?.aborted === true) return null;
    const [text, saved] = await Promise.all([whole, request.file].map((f) => readFile(f, 'utf8').catch(() => '')));
    const unsaved = saved === request.text ? [] : insteadOf(request.file, await this.store.unsaved(request.file, request.text));
    const opened = await this.compile({ ...request, file: whole, text: text!, args: [...request.args, ...unsaved], part: true });
    if (opened.result.kind !== 'ok' || opened.how?.headers.includes(request.file) !== true) return null;
    return { result: opened.result, how: { ...opened.how, through: whole } };
  }

  /** The supplied headers; none if the kernel's BTF is no good, of which the verifier will speak. */
  private async supplied({ headers }: OpenRequest): Promise<SuppliedHeaders> {
    try {
      return await this.store.get(headers.key(), headers.source);
    } catch (error) {
      return { folder: path.join(this.store.folder, 'none'), version: '', error: error instanceof Error ? error.message : String(error) };
    }
  }

  private async firstSetup({ file, kernelHeaders }: OpenRequest, builds: FoundBuilds, files: ProjectFiles): Promise<Setup> {
    const build = builds.builds[0] ?? null;
    const memory = this.remembered.memory(path.dirname(file));
    const first = memory === undefined ? { ...EMPTY, build, vmlinux: await usableVmlinux(files, file) } : { ...EMPTY, ...memory, build };
    return { ...first, kernel: kernelHeaders === 'standIn' || (kernelHeaders !== 'own' && first.kernel) };
  }

  private keep(file: string, setup: Setup): void {
    const folder = path.dirname(file);
    const { folders, quoted, extra, zero, vmlinux, newest, kernel, own } = setup;
    const memory: Memory = { folders, quoted, extra, zero, vmlinux, newest, kernel, own };
    this.remembered.keep(folder, memory);
  }

  private async describe(
    request: OpenRequest,
    clang: string,
    end: { readonly setup: Setup; readonly result: CompileResult; readonly tries: number },
    found: {
      readonly root: string;
      readonly files: ProjectFiles;
      readonly around: Surroundings;
      readonly builds: FoundBuilds;
      readonly found: FoundBuilds;
      readonly choice: BuildChoice | null;
    },
  ): Promise<HowCompiled> {
    const failed = end.result.kind === 'failed' ? end.result : null;
    const missing = failed === null ? null : missingHeader(failed.diagnostics);
    let advice: MissingAdvice | null = null;
    if (missing !== null)
      advice = {
        ...missing,
        includer: path.resolve(path.dirname(request.file), missing.includer),
        madeBy: await whoMakes(missing.name, request.file, found.root),
      };
    return {
      clang,
      args: clangArguments(request.file, setupArguments(end.setup, found.around)),
      root: found.root,
      setup: end.setup,
      around: found.around,
      considered: consideredOf(found.found.builds.slice(0, MAX_BUILDS), end.setup.build, found.found.considered, found.choice !== null),
      choice: found.choice,
      choiceGone: found.choice?.kind === 'build' && found.builds.builds.length === 0,
      tries: end.tries,
      headers: end.result.kind === 'ok' ? end.result.headers.map((h) => path.resolve(path.dirname(request.file), h)) : [],
      missing: advice,
      partOf: failed === null || request.part === true ? [] : await wholesOf(found.files, request.file, MAX_INCLUDERS),
      through: null,
    };
  }
}

/** The one way that was chosen; none where our own arguments were, or where what was chosen is not there any more. */
function chosenBuild(choice: BuildChoice, found: FoundBuilds, { file, workspace }: OpenRequest): FoundBuilds {
  const only = (build: BuildFlags | undefined): FoundBuilds => ({ ...found, builds: build === undefined ? [] : [build] });
  if (choice.kind === 'ours') return only(undefined);
  if (choice.kind === 'typed')
    return only({ kind: 'typed', file, line: 0, args: expandArguments(choice.args, { workspace, file }), exact: true });
  const there = found.builds.filter((b) => b.kind === choice.of && b.file === choice.file);
  // a rule may have moved by some lines
  return only(there.find((b) => b.line === choice.line) ?? there[0]);
}

/** Folder of the nearest `vmlinux.h` of the project that has something in it and is not another machine's; null for the supplied one. */
async function usableVmlinux(files: ProjectFiles, file: string): Promise<string | null> {
  for (const place of findHeader(files, 'vmlinux.h', file).slice(0, 3)) {
    const size = await stat(place.file).then(
      (s) => s.size,
      () => 0,
    );
    if (size >= SMALLEST_VMLINUX) return place.folder;
  }
  return null;
}
