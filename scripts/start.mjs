// SPDX-License-Identifier: GPL-2.0-only
// `npm start`: builds the extension and opens VS Code with it, the folder examples/ and its first program.
// VS Code is one on the PATH, else one that @vscode/test-electron downloads, else code-server from npm, served to a browser.
// `--help` says how.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as host from './host/code-server.mjs';
import { ensureBuilt, ensurePackages, ROOT, run, which } from './host/ensure.mjs';
import { hostArgs } from './host/options.mjs';
import { atEnd, end, endWithParent, say, withLock } from './host/run.mjs';

const { values } = hostArgs(
  { usage: 'npm start -- [options]', about: 'Builds the extension and opens VS Code with it and with examples/.' },
  {
    host: {
      type: 'string',
      value: 'KIND',
      help: 'path (a VS Code on the PATH), download, or code-server (a browser); else the first that is there',
    },
    data: { type: 'string', value: 'DIR', help: 'where settings are kept; else they go with the server' },
    'no-build': { type: 'boolean', default: false, help: 'as it was built last' },
  },
);
const wanted = values.host;
const build = !values['no-build'];
const examples = path.join(ROOT, 'examples');
const first = path.join(examples, 'first_look.bpf.c');
const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'extensions.autoUpdate': false,
};
/** How the extension is told which program to show at once. */
const SHOW = { BPF_CONTEXT_SHOW: first };

const CLANGS = ['clang', ...[22, 21, 20, 19, 18, 17, 16].map((version) => `clang-${version}`)];

endWithParent();

async function fail(why) {
  console.error(`\n${why}`);
  await end(1);
}

function open(code) {
  say(`Opening ${code}`);
  const args = [`--extensionDevelopmentPath=${ROOT}`, '--new-window', examples, first];
  const child = spawn(code, args, { stdio: 'inherit', shell: process.platform === 'win32', env: { ...process.env, ...SHOW } });
  child.on('exit', (status) => void end(status ?? 0));
}

async function downloaded() {
  say('Looking for a VS Code to download');
  try {
    const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
    const late = new Promise((resolve) => setTimeout(() => resolve(null), 180_000));
    return await Promise.race([downloadAndUnzipVSCode({ cachePath: path.join(ROOT, '.vscode-test'), timeout: 20_000 }), late]);
  } catch (error) {
    say(`VS Code cannot be downloaded here (${error instanceof Error ? error.message.split('\n')[0] : error}).`);
    return null;
  }
}

/** Whether this start has built. */
let fresh = false;

/** Packages, and the build; one start at a time, since both write into the same folders. `use` gets what was built before others build. */
function built(use = () => undefined) {
  return withLock(path.join(ROOT, '.cache/start.lock'), 'build', async () => {
    await ensurePackages();
    if (build && !fresh) {
      say('Building');
      ensureBuilt();
    }
    fresh = true;
    return use();
  });
}

/** Where settings, extensions and state of a server are. They go when it ends, unless --data keeps them. */
function dataFolder() {
  const own = values.data;
  if (own !== undefined) {
    mkdirSync(own, { recursive: true });
    return path.resolve(own);
  }
  const made = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-start-'));
  atEnd(() => rmSync(made, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return made;
}

async function serve() {
  const missing = host.missingNeeds();
  if (missing !== null) return fail(missing);
  if (which(...CLANGS) === null)
    say('clang was not found: objects are verified, C files are not. On Debian and Ubuntu: sudo apt-get install clang');
  const data = dataFolder();
  const vsix = path.join(data, 'bpf-context-explorer.vsix');
  // both take a minute or two, and neither needs the other
  const [why] = await Promise.all([
    host.installCodeServer(),
    built(() => {
      say('Packing the extension');
      run(process.execPath, ['scripts/package.mjs', '--no-build'], { stdio: ['ignore', 'ignore', 'inherit'] });
      copyFileSync(path.join(ROOT, 'bpf-context-explorer.vsix'), vsix);
    }),
  ]);
  if (why !== null) return fail(why);
  const userData = path.join(data, 'data');
  const extensions = path.join(data, 'extensions');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  try {
    writeFileSync(path.join(userData, 'User', 'settings.json'), JSON.stringify(SETTINGS, null, 1), { flag: 'wx' });
  } catch (error) {
    // what somebody keeps with --data stays as it is
    if (error.code !== 'EEXIST') throw error;
  }
  say('Installing the extension');
  host.installVsix({ vsix, userData, extensions });
  rmSync(vsix);
  const port = Number(process.env.PORT ?? (await host.freePort()));
  const token = host.accessToken();
  const server = host.serveVSCode({ port, token, data, env: SHOW });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (d) => (output = `${output}${d}`.slice(-4000)));
  server.on('exit', (status) => {
    if (status !== 0 && status !== null) console.error(output);
    void end(status ?? 0);
  });
  const address = `http://localhost:${port}/`;
  if (!(await host.answers(`http://127.0.0.1:${port}/version`))) return fail(`the server did not answer\n${output}`);
  const payload = JSON.stringify([['openFile', `vscode-remote://localhost:${port}${first}`]]);
  const url = `${address}?tkn=${token}&folder=${encodeURIComponent(examples)}&payload=${encodeURIComponent(payload)}`;
  say('Ready');
  console.log(`\nVS Code is served at  ${url}\n`);
  console.log(`Only who has this address, or the token in it, is let in: ${token}`);
  console.log('It opens first_look.bpf.c and its context graph. Ctrl+C ends.');
}

async function main() {
  const local = wanted === undefined || wanted === 'path' ? which('code', 'code-insiders', 'codium', 'code.cmd') : null;
  if (local !== null && display && spawnSync(local, ['--version'], { shell: process.platform === 'win32' }).status === 0) {
    await built();
    return open(local);
  }
  if ((wanted === undefined && display) || wanted === 'download') {
    await built();
    const code = await downloaded();
    if (code !== null) return open(code);
  }
  return serve();
}

main().catch((error) => fail(error instanceof Error ? error.message : String(error)));
