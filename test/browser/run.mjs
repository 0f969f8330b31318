// SPDX-License-Identifier: GPL-2.0-only
// Installs the VSIX into a fresh code-server and runs the tests in test/browser against what people see in Chromium.
// `node test/browser/run.mjs TEXT...` runs only tests whose name contains one of the texts. Pictures: test-results/screens.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { answers, fewExtensions, freePort, installCodeServer, installVsix, startCodeServer } from '../../scripts/host/code-server.mjs';
import { ROOT } from '../../scripts/host/ensure.mjs';
import { launchChromium } from '../support/chromium.mjs';

process.setSourceMapsEnabled(true);
const bundled = path.join(ROOT, 'test-results', 'browser', 'tests.mjs');
await build({
  entryPoints: [path.join(ROOT, 'test/browser/tests.ts')],
  outfile: bundled,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
const { APART, lastTests, runTable, sum, WINDOWS, Workbench } = await import(pathToFileURL(bundled).href);

const why = await installCodeServer();
if (why !== null) throw new Error(why);
const vsix = path.join(ROOT, 'bpf-context-explorer.vsix');
const bundle = path.join(ROOT, 'dist', 'extension.cjs');
if (!existsSync(vsix) || !existsSync(bundle) || statSync(vsix).mtimeMs < statSync(bundle).mtimeMs) {
  const packed = spawnSync(process.execPath, [path.join(ROOT, 'scripts/package.mjs'), ...(existsSync(bundle) ? ['--no-build'] : [])], {
    stdio: 'inherit',
    cwd: ROOT,
  });
  if (packed.status !== 0) throw new Error('the VSIX could not be packed');
}

const screens = path.join(ROOT, 'test-results', 'screens');
rmSync(screens, { recursive: true, force: true });
mkdirSync(screens, { recursive: true });
const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-browser-'));
const userData = path.join(temp, 'data');
const extensions = path.join(temp, 'extensions');
mkdirSync(path.join(userData, 'User'), { recursive: true });
mkdirSync(extensions, { recursive: true });
installVsix({ vsix, userData, extensions });

let browser;
const servers = new Set();
/** Starts a server and waits until it answers. */
const serve = async (options) => {
  const port = await freePort();
  const server = startCodeServer({ port, extensions, ...options });
  const ended = new Promise((resolve) => server.on('exit', resolve));
  const stop = async () => {
    servers.delete(stop);
    server.kill('SIGTERM');
    await ended;
  };
  servers.add(stop);
  let log = '';
  server.stdout.on('data', (d) => (log += d));
  server.stderr.on('data', (d) => (log += d));
  if (!(await answers(`http://127.0.0.1:${port}/healthz`))) throw new Error(`code-server did not answer\n${log}`);
  return { url: `http://localhost:${port}`, stop };
};
const closeAll = async () => {
  await browser?.close().catch(() => undefined);
  for (const stop of [...servers]) await stop();
  rmSync(temp, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
};
for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => void closeAll().then(() => process.exit(130)));

let report = { passed: 0, failed: 1, skipped: 0, notes: [] };
try {
  const builtin = fewExtensions(temp);
  const { url } = await serve({ userData, builtin, trust: true });
  browser = await launchChromium();
  const serveUntrusted = ({ userData, env, whole }) => serve({ userData, env, ...(whole ? {} : { builtin }) });
  const filters = process.argv.slice(2);
  const asked = (tests) => tests.filter((t) => filters.length === 0 || filters.some((f) => t.name.includes(f)));
  const run = (tests, onFailure) => runTable(tests, (line) => console.log(line), onFailure);
  const windows = WINDOWS.map((groups, i) => {
    const workspace = path.join(temp, String(i), 'examples');
    cpSync(path.join(ROOT, 'examples'), workspace, { recursive: true });
    const workbench = new Workbench({ root: ROOT, url, userData, workspace, screens, browser, serveUntrusted });
    const tests = groups.flatMap((tests) => tests(workbench));
    const wanted = asked(tests);
    // what the others stand on comes with them
    return { workbench, tests: wanted.every((t) => t.always) ? wanted : tests.filter((t) => t.always || wanted.includes(t)) };
  });
  const picture = (workbench) => (test) => workbench.screenshot(`failed-${test.name.replace(/\W+/g, '-').slice(0, 60)}`);
  const apart = asked(APART.flatMap((tests) => tests(windows[0].workbench)));
  const reports = await Promise.all([...windows.map((w) => run(w.tests, picture(w.workbench))), run(apart)]);
  report = sum([...reports, await run(lastTests(windows.map((w) => w.workbench)))]);
} finally {
  await closeAll();
  if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(report));
}
process.exit(report.failed > 0 ? 1 : 0);
