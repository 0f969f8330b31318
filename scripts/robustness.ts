// SPDX-License-Identifier: GPL-2.0-only
/** Figures of `docs/robustness.md`: what objects that ask for much cost, and how long the editor's own thread is held. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { scriptArgs } from './options';
import { bundle, KERNEL_BUNDLE, NODE_FLAGS, ROOT } from './corpus/bundle';
import { oneLine } from '../src/protocol/escape';
import type { Outcome, Task } from './robustness/one';

const MORE_S = 2;
const MAX_MB = 1024;
const SMALL_BYTES = 2 << 20;

const { values, positionals } = scriptArgs(
  {
    usage: ['npm run robustness -- [--seconds S] DIR...', 'npm run robustness -- --host'],
    about: 'What each object in DIR costs in a process of its own: CPU time, memory, what became of it.',
    end: 'Exit status: 0 all within their limits (objects: limit + 2 s of CPU time up to 2 MB, 1 GiB; thread: 50 ms), 1 not, 2 usage',
    positionals: [0, Infinity],
  },
  {
    seconds: { type: 'string', value: 'S', default: '3', help: 'limit of each object (default 3)' },
    host: { type: 'boolean', default: false, help: "how long the editor's thread is held by what is in files" },
  },
);

function objectsIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const file = join(dir, entry.name);
      return entry.isDirectory() ? objectsIn(file) : entry.name.endsWith('.o') ? [file] : [];
    });
}

async function objects(dirs: readonly string[], seconds: number): Promise<number> {
  const script = await bundle(join(import.meta.dirname, 'robustness/one.ts'));
  let [broken, most, longest, count] = [0, 0, 0, 0];
  console.log('| object | KB | CPU s | MB | what became of it |\n|---|---|---|---|---|');
  for (const dir of dirs) {
    for (const file of objectsIn(dir)) {
      const task: Task = { bundle: KERNEL_BUNDLE, file, seconds };
      const run = spawnSync(process.execPath, [...NODE_FLAGS, script, JSON.stringify(task)], { encoding: 'utf8', maxBuffer: 1 << 26 });
      const bytes = statSync(file).size;
      const name = relative(dir, file);
      count += 1;
      if (run.status !== 0) {
        broken += 1;
        console.log(
          `| ${name} | ${Math.ceil(bytes / 1024)} | | | BROKEN: ended with ${run.signal ?? run.status}: ${run.stderr.split('\n')[0] ?? ''} |`,
        );
        continue;
      }
      const { told, fault, cpuS, peakMb } = JSON.parse(run.stdout) as Outcome;
      const small = bytes <= SMALL_BYTES;
      const bad = fault !== null || (small && (cpuS > seconds + MORE_S || peakMb > MAX_MB));
      broken += bad ? 1 : 0;
      if (small) [most, longest] = [Math.max(most, peakMb), Math.max(longest, cpuS)];
      const words = oneLine(told.length > 90 ? `${told.slice(0, 90)}…` : told);
      console.log(
        `| ${name} | ${Math.ceil(bytes / 1024)} | ${cpuS.toFixed(1)} | ${Math.round(peakMb)} | ${bad ? `BROKEN: ${fault ?? ''} ` : ''}${words} |`,
      );
    }
  }
  console.log(
    `\n${count} objects with a limit of ${seconds} s, ${broken} broken; those of up to 2 MB took at most ${longest.toFixed(1)} s of CPU time and ${Math.round(most)} MB`,
  );
  return broken === 0 ? 0 : 1;
}

async function host(): Promise<number> {
  const script = await bundle(join(import.meta.dirname, 'robustness/host.ts'));
  return spawnSync(process.execPath, [script], { stdio: 'inherit', env: { ...process.env, BPF_ROOT: ROOT } }).status ?? 1;
}

if (values.host) process.exitCode = await host();
else process.exitCode = await objects(positionals, Number(values.seconds));
