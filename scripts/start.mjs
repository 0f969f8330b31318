// SPDX-License-Identifier: GPL-2.0-only
// `npm start`: builds the extension and opens VS Code with it and the folder examples/.
// VS Code is one on the PATH, else one that @vscode/test-electron downloads, else code-server from npm.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensurePackages, ROOT, run, which } from './host/ensure.mjs';

const option = (name) => process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3);
/** `path`, `download` or `code-server`; without it the first that works. */
const wanted = option('host');
ensurePackages();
if (!process.argv.includes('--no-build')) ensureBuilt();
const examples = path.join(ROOT, 'examples');
const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

function open(code) {
  console.log(`Opening ${code}`);
  const child = spawn(code, [`--extensionDevelopmentPath=${ROOT}`, '--new-window', examples], { stdio: 'inherit', shell: process.platform === 'win32' });
  child.on('exit', (status) => process.exit(status ?? 0));
}

async function downloaded() {
  try {
    const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
    return await Promise.race([downloadAndUnzipVSCode({ cachePath: path.join(ROOT, '.vscode-test'), timeout: 20_000 }), new Promise((resolve) => setTimeout(() => resolve(null), 180_000))]);
  } catch (error) {
    console.log(`VS Code cannot be downloaded here (${error instanceof Error ? error.message.split('\n')[0] : error}).`);
    return null;
  }
}

async function serve() {
  const host = await import('./host/code-server.mjs');
  const why = host.installCodeServer();
  if (why !== null) {
    console.error(why);
    process.exit(1);
  }
  const data = option('data') ?? path.join(host.cache, 'start');
  const extensions = path.join(data, 'extensions');
  const userData = path.join(data, 'data');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  const settings = path.join(userData, 'User', 'settings.json');
  if (!existsSync(settings)) writeFileSync(settings, JSON.stringify({ 'workbench.startupEditor': 'none', 'security.workspace.trust.enabled': false, 'workbench.secondarySideBar.defaultVisibility': 'hidden' }, null, 1));
  run(process.execPath, ['scripts/package.mjs', '--no-build']);
  host.installVsix({ vsix: path.join(ROOT, 'bpf-context-explorer.vsix'), userData, extensions });
  const port = Number(process.env.PORT ?? (await host.freePort()));
  const server = host.startCodeServer({ port, userData, extensions, folder: examples, trust: true });
  server.stderr.on('data', (d) => process.stderr.write(d));
  if (!(await host.answers(`http://127.0.0.1:${port}/healthz`))) {
    console.error('code-server did not answer');
    server.kill();
    process.exit(1);
  }
  console.log(`\nVS Code is served at  http://localhost:${port}/?folder=${encodeURIComponent(examples)}\nOpen vma_walk.bpf.c or vma_walk.bpf.o, press F1, and run "BPF: Show BPF context graph". Ctrl+C ends.`);
  for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => server.kill());
  server.on('exit', (status) => process.exit(status ?? 0));
}

const local = wanted === undefined || wanted === 'path' ? which('code', 'code-insiders', 'codium', 'code.cmd') : null;
if (local !== null && display && spawnSync(local, ['--version'], { shell: process.platform === 'win32' }).status === 0) open(local);
else if ((wanted === undefined && display) || wanted === 'download') {
  const code = await downloaded();
  if (code !== null) open(code);
  else await serve();
} else await serve();
