// SPDX-License-Identifier: GPL-2.0-only
/** From a file on the command line to the object that is verified: read as it is, or compiled (`compile-source.ts`). */
import { readRegularFile } from '../analysis/read-file';
import { AnalysisService } from '../analysis/service';
import { type Contained, contentOf } from '../analysis/wrapped';
import { languageOf } from '../compiler/language';
import type { FileError } from '../protocol/model';
import type { SourceCompiler } from './compile-source';
import { type InputFile, type ObjectInput, unreadable } from './inputs';
import type { CommonOptions } from './options';
import type { CliPaths } from './paths';

let endings: (() => void) | null = null;

/** Ends the compilers that are running, with what they started. */
export function endCompilers(): void {
  endings?.();
}

/** Reads and compiles the files of one run. */
export class Sources {
  private compiling: Promise<SourceCompiler> | null = null;

  constructor(
    private readonly options: CommonOptions,
    private readonly paths: CliPaths,
  ) {}

  /** The compiler is loaded by the first file that needs it. */
  private compiler(): Promise<SourceCompiler> {
    this.compiling ??= import('./compile-source').then(({ SourceCompiler, endGuests }) => {
      endings = endGuests;
      return new SourceCompiler(this.options, this.paths, () => kernelHeaders(this.paths, this.options.kernelBtf));
    });
    return this.compiling;
  }

  /** An object of a file, made of LLVM's code where that is what there is. Throws an `Error` with the reason. */
  private async containedIn(file: InputFile, objects: readonly Contained[]): Promise<ObjectInput | { readonly error: FileError }> {
    const found = objects.find(({ member }) => member === (file.in?.member ?? member));
    if (found === undefined) throw new Error(`${file.in?.member ?? file.shown} is not in it any more`);
    if (found.form === 'object') return { bytes: found.bytes, source: null };
    return (await this.compiler()).ofIr(file.shown, found.bytes);
  }

  /** Reads an object, or compiles a source file. */
  async objectOf(file: InputFile): Promise<ObjectInput | { readonly error: FileError }> {
    const { shown } = file;
    let bytes: Uint8Array;
    try {
      bytes = readRegularFile(file.path);
      if (languageOf(shown) === null) return await this.containedIn(file, contentOf(bytes).objects);
    } catch (error) {
      return unreadable(shown, error instanceof Error ? error.message : String(error));
    }
    if (typeof file.path !== 'string') return unreadable(shown, 'its name is no UTF-8; clang cannot be given it');
    return (await this.compiler()).ofSource(shown, bytes);
  }
}

/** A kernel's headers, made by a worker that ends with it. */
export async function kernelHeaders(paths: CliPaths, btf: string): ReturnType<AnalysisService['headers']> {
  const service = new AnalysisService(paths.worker, { cache: () => paths.cache });
  try {
    return await service.headers({ bundle: paths.kernel, btf });
  } finally {
    await service.dispose();
  }
}
