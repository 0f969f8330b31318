// SPDX-License-Identifier: GPL-2.0-only
/**
 * Asks a build tool what it would run, and nothing else: `make -n`, `ninja -t compdb`. A Makefile can run commands even so (`$(shell …)`, lines
 * that begin with `+`), so that this is done only when a person asks for it, in a workspace that they trust.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { BUILD_FOLDERS, type CompileCommand, compileCommands } from './build-readers';
import { findOnPath } from './clang';
import { shellCommands, splitWords, targetsBpf } from './flags';
import { runGuest } from './guest';
import { MAKEFILES, makeTargets } from './makefile';
import { foldersUp } from './project';

/** Milliseconds that a tool may take. */
const LIMIT_MS = 60_000;
const MAX_OUTPUT = 32 << 20;
const MAX_MESSAGES = 1 << 16;
/** Commands for BPF sources that are kept of one answer. */
const MAX_COMMANDS = 1000;
/** Folders that may be asked for one source. */
const MAX_QUESTIONS = 6;

/** A build that can be asked. */
export interface BuildQuestion {
  readonly tool: 'make' | 'ninja';
  /** The Makefile or build.ninja. */
  readonly file: string;
  /** Folder that the tool runs in. */
  readonly folder: string;
  /** The source that it is asked for. */
  readonly source: string;
  /** What to ask for besides the default: the targets that a rule makes of the source. */
  readonly targets: readonly string[];
}

/** What a build said. */
export interface AskedBuild {
  readonly tool: 'make' | 'ninja';
  readonly file: string;
  readonly commands: readonly CompileCommand[];
}

export type Asked =
  | { readonly kind: 'answered'; readonly build: AskedBuild }
  /** `reason`: one sentence. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'cancelled' };

/** How a tool is called, for people. */
export function askedWords(tool: BuildQuestion['tool']): string {
  return tool === 'make' ? 'make -n' : 'ninja -t compdb';
}

/** Builds that could say something of a source: Makefiles from its folder up, and build folders that were configured. Nearest first. */
export function buildQuestions(file: string, root: string): BuildQuestion[] {
  const found: BuildQuestion[] = [];
  const look = (folder: string): void => {
    const ninja = path.join(folder, 'build.ninja');
    if (existsSync(ninja)) found.push({ tool: 'ninja', file: ninja, folder, source: file, targets: [] });
    const makefile = MAKEFILES.map((name) => path.join(folder, name)).find((f) => existsSync(f));
    if (makefile !== undefined)
      found.push({ tool: 'make', file: makefile, folder, source: file, targets: makeTargets(file, makefile, root) });
  };
  for (const folder of foldersUp(file, root)) {
    look(folder);
    try {
      for (const e of readdirSync(folder, { withFileTypes: true })) {
        if (e.isDirectory() && BUILD_FOLDERS.test(e.name) && path.join(folder, e.name) !== path.dirname(file))
          look(path.join(folder, e.name));
      }
    } catch {
      // a folder that cannot be read has no builds
    }
  }
  const own = new Map(found.map((question) => [question.file, question]));
  return [...own.values()].slice(0, MAX_QUESTIONS);
}

/** What `make -n -w` printed, as commands for BPF sources with their folders. */
export function makeCommands(output: string, folder: string): CompileCommand[] {
  const folders = [folder];
  const out: CompileCommand[] = [];
  for (const line of output.replace(/\\\n/g, ' ').split('\n')) {
    const moved = /^\S*make(?:\[\d+\])?: (Entering|Leaving) directory '(.*)'$/.exec(line);
    if (moved?.[1] === 'Entering') folders.push(moved[2]!);
    else if (moved !== null && folders.length > 1) folders.pop();
    if (moved !== null) continue;
    let at = folders.at(-1)!;
    for (const command of shellCommands(line)) {
      const words = splitWords(command);
      if (words[0] === 'cd' && words[1] !== undefined) at = path.resolve(at, words[1]);
      if (!targetsBpf(words)) continue;
      for (const source of words.slice(1).filter((w) => /\.[csS]$/.test(w) && !w.startsWith('-')))
        out.push({ directory: at, file: path.resolve(at, source), words });
      if (out.length >= MAX_COMMANDS) return out;
    }
  }
  return out;
}

/** Asks one build. Never rejects. Limit and cancel end the tool with everything that it started. */
export async function askBuild(question: BuildQuestion, signal?: AbortSignal): Promise<Asked> {
  const { tool, file, folder, source, targets } = question;
  const command = await findOnPath([tool]);
  if (command === null) return { kind: 'failed', reason: `${tool} was not found` };
  const words = askedWords(tool);
  const commands: CompileCommand[] = [];
  let said = '';
  for (const args of questionArguments(question)) {
    const result = await runGuest({
      command,
      args,
      cwd: folder,
      input: '',
      timeoutMs: LIMIT_MS,
      maxOutput: MAX_OUTPUT,
      maxMessages: MAX_MESSAGES,
      // its words are read; variables of a make above this process are not its own
      env: { LC_ALL: 'C', MAKEFLAGS: undefined, MFLAGS: undefined, MAKELEVEL: undefined },
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.kind === 'cancelled') return result;
    if (result.kind === 'timeout') return { kind: 'failed', reason: `${words} did not finish within ${LIMIT_MS / 1000} s` };
    if (result.kind === 'too-much') return { kind: 'failed', reason: `${words} said more than ${MAX_OUTPUT >> 20} MiB` };
    if (result.kind === 'not-started') return { kind: 'failed', reason: `${tool} could not be started: ${result.reason}` };
    const output = result.output.toString('utf8');
    commands.push(...(tool === 'ninja' ? ninjaCommands(output, folder) : makeCommands(output, folder)));
    if (commands.some((c) => c.file === source) || targets.length === 0) break;
    said = result.messages.trim().split('\n').at(-1) ?? '';
  }
  if (commands.length > 0) return { kind: 'answered', build: { tool, file, commands: commands.slice(0, MAX_COMMANDS) } };
  return { kind: 'failed', reason: `${words} names no command for BPF${said === '' ? '' : ` (${said.slice(0, 200)})`}` };
}

/** Arguments of each call: the default first, then the targets that a rule makes of the source. */
function questionArguments({ tool, file, folder, targets }: BuildQuestion): string[][] {
  if (tool === 'ninja') return [['-C', folder, '-t', 'compdb']];
  const make = ['-n', '-B', '-k', '-w', '-f', file];
  return targets.length === 0 ? [make] : [make, [...make, ...targets]];
}

function ninjaCommands(output: string, folder: string): CompileCommand[] {
  try {
    return compileCommands(JSON.parse(output), folder)
      .filter((c) => targetsBpf(c.words))
      .slice(0, MAX_COMMANDS);
  } catch {
    return [];
  }
}
