// SPDX-License-Identifier: GPL-2.0-only
/** What belongs to a file that is checked: other parts of its program, and choices beside it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadFileName, mergeChoices, parseLoadFile, partNames, type LoadChoices } from '../analysis/load-file';
import { readRegularFile } from '../analysis/read-file';
import type { FileError } from '../protocol/model';
import type { InputFile, ObjectInput, ProgramInput } from './inputs';
import type { CommonOptions } from './options';

/** Largest file with choices, bytes. */
const LARGEST_LOAD_FILE = 1 << 20;

/** Choices for a file: those of its load file, unless it is left aside, and what the command line decides over them. */
export function choicesFor(file: string, own: LoadChoices, loadFile: boolean): LoadChoices | { readonly error: FileError } {
  const beside = path.join(path.dirname(file), loadFileName(path.basename(file)));
  if (!loadFile || !existsSync(beside)) return own;
  let read: LoadChoices | string;
  try {
    read = parseLoadFile(new TextDecoder().decode(readRegularFile(beside, LARGEST_LOAD_FILE)));
  } catch (error) {
    read = error instanceof Error ? error.message : String(error);
  }
  if (typeof read !== 'string') return mergeChoices(read, own);
  return { error: { kind: 'unreadable', title: `${beside} cannot be used`, message: read, details: [], diagnostics: [] } };
}

/** The files that the load file of a program's first names, as the command line would name them. */
function filesOf(first: InputFile, choices: LoadChoices): InputFile[] {
  const folder = path.dirname(first.shown);
  return (choices.files ?? []).map((part) => {
    const candidates = partNames(first.shown, part).map((name) => path.join(folder, name));
    const found = candidates.find((candidate) => existsSync(candidate)) ?? candidates.at(-1)!;
    return { shown: found, path: found };
  });
}

/**
 * The objects of one program, each read (or compiled) by `objectOf`, with what is decided for it. One file takes those along that its load file
 * names; several are the program as they are.
 */
export async function programOf(
  files: readonly InputFile[],
  objectOf: (file: InputFile) => Promise<ObjectInput | { readonly error: FileError }>,
  options: Pick<CommonOptions, 'choices' | 'loadFile'>,
): Promise<ProgramInput | { readonly error: FileError }> {
  const main = files[0]!;
  // an archive has one load file for all of its objects
  const found = choicesFor(main.in?.archive ?? main.shown, options.choices, options.loadFile);
  if ('error' in found) return found;
  const choices = main.in === undefined ? found : { ...found, shared: true as const };
  const all = files.length > 1 ? files : [main, ...filesOf(main, choices)];
  const objects: ObjectInput[] = [];
  for (const file of all) {
    const object = await objectOf(file);
    if ('error' in object) return object;
    objects.push(object);
  }
  const [first, ...others] = objects;
  return { ...first!, choices, parts: others.map(({ bytes }, index) => ({ name: path.basename(all[index + 1]!.shown), bytes })) };
}
