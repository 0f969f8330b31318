// SPDX-License-Identifier: GPL-2.0-only
import { cacheFolder } from '../compiler/cache-folder';
import type { LoadsOnReply } from '../protocol/loads-on';
import { failureText } from './formats';
import { kernelOf, readRules } from './inputs';
import type { LoadsOnOptions } from './loads-on-options';
import { LOADS_ON_FORMATS, type LoadsOnTable } from './loads-on-output';
import { Exit, isPolicyFile } from './options';
import { fileErrorText } from './output';
import { commonRequest, runFiles } from './run-files';
import type { Sink } from './sink';
import { tell } from './tell';

/** Kernels that are named, with their folders; the floor is one of them. */
function chosen(root: string, options: LoadsOnOptions): { readonly name: string; readonly bundle: string }[] {
  const all = options.kernels.map((name) => ({ name, bundle: kernelOf(root, { kernel: name, kernelBtf: '' }) }));
  const floor = options.floor;
  if (floor === '' || all.some((k) => k.name === floor)) return all;
  return [...all, { name: floor, bundle: kernelOf(root, { kernel: floor, kernelBtf: '' }) }];
}

/** Runs `loads-on`; writes the table once all files are done and returns the exit status. Throws `UsageError` for what the options name wrongly. */
export async function runLoadsOn(options: LoadsOnOptions, root: string, worker: string, sink: Sink): Promise<Exit> {
  const overlays = options.overlays.map((name) => readRules('overlay', name));
  const policyFile = isPolicyFile(options.policy) ? readRules('policy', options.policy) : null;
  const kernels = chosen(root, options);
  const paths = { worker, kernel: kernelOf(root, { kernel: '', kernelBtf: '' }), cache: options.cache ? cacheFolder() : '' };
  const rows: LoadsOnTable['rows'][number][] = [];
  const seen: { bad: boolean; names: LoadsOnReply['kernels'] } = { bad: false, names: [] };
  await runFiles<LoadsOnReply>(options, paths, {
    analyse: (service, file, object) => {
      const { kernel: _, ...request } = commonRequest(file, object, options, paths);
      return service.loadsOn({
        ...request,
        kernels: kernels.map(({ bundle }) => ({ bundle, btf: '' })),
        policy: options.policy,
        policyFile,
        overlays,
      });
    },
    failed: (error) => ({ kernels: [], programs: [], error }),
    emit: ({ shown }, reply) => {
      if (reply.error !== null) {
        seen.bad = true;
        tell(failureText(shown, '', fileErrorText(reply.error)));
      } else {
        seen.names = reply.kernels;
        rows.push(...reply.programs.map((program) => ({ file: shown, program })));
      }
      return Promise.resolve();
    },
    stopped: () => sink.broken,
  });
  if (seen.names.length === 0) return Exit.BAD_INPUT;
  const asked = kernels.findIndex((k) => k.name === options.floor);
  const floor = Math.max(
    0,
    seen.names.findIndex((k) => k.asked === asked),
  );
  await sink.write(LOADS_ON_FORMATS[options.format].write({ kernels: seen.names, floor, rows, all: options.all }));
  const onFloor = rows.map(({ program }) => program.cells[floor]!.kind);
  if (seen.bad) return Exit.BAD_INPUT;
  if (onFloor.some((kind) => kind === 'missing' || kind === 'rejected')) return Exit.REJECTED;
  return onFloor.includes('unknown') ? Exit.UNKNOWN : Exit.ACCEPTED;
}
