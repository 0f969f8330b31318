#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
// Stands in for the executable of VS Code Desktop: takes the arguments that @vscode/test-electron passes, starts the server that
// code-server contains and a headless Chromium, runs the tests in its Node extension host, prints what they print, and ends with
// their exit code.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { codeServer, fewExtensions, freePort } from '../../scripts/host/code-server.mjs';
import { launchChromium } from '../support/chromium.mjs';

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'window.restoreWindows': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'editor.minimap.enabled': false,
  // each blink draws the whole window
  'editor.cursorBlinking': 'solid',
};
/** Messages of the workbench itself that say nothing about the tests. */
const NOISE = /^(%c|Resolv|Creating a socket|\[reconn|Updating add|\[Service|\[AgentHost|\[AccountPolicy|getaddrinfo|ChatSession)/;
/** Nothing takes as long; only so that a hanging host ends. */
const LIMIT_MS = Number(process.env.SHIM_TIMEOUT ?? 1_500_000);

const args = process.argv.slice(2);
const values = (name) => args.filter((a) => a.startsWith(`--${name}=`)).map((a) => a.slice(name.length + 3));
if (args.includes('--version')) {
  console.log(JSON.parse(readFileSync(path.join(codeServer.vscode, 'package.json'), 'utf8')).version);
  process.exit(0);
}

const temp = mkdtempSync(path.join(os.tmpdir(), 'code-shim-'));
const userData = values('user-data-dir')[0] ?? path.join(temp, 'data');
const extensions = values('extensions-dir')[0] ?? path.join(temp, 'extensions');
const settings = path.join(userData, 'User', 'settings.json');
mkdirSync(path.dirname(settings), { recursive: true });
if (!existsSync(settings)) writeFileSync(settings, JSON.stringify(SETTINGS, null, 1));

const port = await freePort();
const server = spawn(
  codeServer.node,
  [
    path.join(codeServer.vscode, 'out/server-main.js'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--without-connection-token',
    '--accept-server-license-terms',
    '--server-data-dir',
    path.join(temp, 'server'),
    '--user-data-dir',
    userData,
    '--extensions-dir',
    extensions,
    '--builtin-extensions-dir',
    fewExtensions(temp),
    '--telemetry-level',
    'off',
    '--enable-smoke-test-driver',
  ],
  { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, VSCODE_IPC_HOOK_CLI: '' } },
);
let log = '';
const ended = new Promise((resolve) => server.on('exit', resolve));
await new Promise((resolve, reject) => {
  server.stdout.on('data', (d) => {
    log += d;
    if (log.includes('Extension host agent listening')) resolve();
  });
  server.stderr.on('data', (d) => (log += d));
  server.on('exit', (status) => reject(new Error(`the server ended with ${status}\n${log}`)));
});

const stop = async () => {
  server.kill('SIGTERM');
  await ended;
  rmSync(temp, { recursive: true, force: true, maxRetries: 3 });
};
let browser;
for (const s of ['SIGINT', 'SIGTERM'])
  process.on(s, () => void Promise.allSettled([browser?.close(), stop()]).then(() => process.exit(130)));

let code = 1;
try {
  browser = await launchChromium();
  const page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  await page.exposeFunction('codeAutomationLog', (_type, parts) => {
    const text = format(...parts);
    if (process.env.SHIM_VERBOSE || !NOISE.test(text)) console.log(text);
  });
  await page.exposeFunction('codeAutomationExit', (status) => finish(status));
  const remote = (p) => `vscode-remote://localhost:${port}${path.resolve(p)}`;
  const payload = [
    ...values('extensionDevelopmentPath').map((p) => ['extensionDevelopmentPath', remote(p)]),
    ...values('extensionTestsPath').map((p) => ['extensionTestsPath', remote(p)]),
    ['skipWelcome', 'true'],
  ];
  const folder = args.find((a) => !a.startsWith('-'));
  await page.goto(
    `http://localhost:${port}/?${folder === undefined ? 'ew=true' : `folder=${encodeURIComponent(path.resolve(folder))}`}&payload=${encodeURIComponent(JSON.stringify(payload))}`,
    { timeout: LIMIT_MS },
  );
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => {
      console.error(`the tests did not end within ${LIMIT_MS / 1000} s`);
      resolve(1);
    }, LIMIT_MS);
  });
  code = await Promise.race([finished, late]);
  clearTimeout(timer);
  if (process.env.SHIM_SHOT) await page.screenshot({ path: process.env.SHIM_SHOT });
} finally {
  await browser?.close();
  await stop();
}
process.exit(code ?? 1);
