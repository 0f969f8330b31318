// SPDX-License-Identifier: GPL-2.0-only
// Long commands with progress, a time limit and another try; locks between several of us; and an end that leaves nothing behind.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const began = performance.now();
/** Pause between lines that say that something still goes on. */
const BEAT_MS = 10_000;
/** Lines of output that are kept for the case of failure. */
const TAIL = 12;

/** One line of progress, with the seconds since the start. */
export function say(text) {
  console.log(`[${String(Math.round((performance.now() - began) / 1000)).padStart(3)} s] ${text}`);
}

const seconds = (ms) => `${Math.round(ms / 1000)} s`;
const children = new Set();
const cleanups = new Set();
/** Whether children have groups of their own; without {@link endWithParent} they stay in ours and get its signals. */
let groups = false;

/** Ends a child and everything that it started. */
function kill(child, signal) {
  try {
    if (groups) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // it is gone
  }
}

/** Starts a command that ends with us. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: groups, ...options });
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

/** Runs when we end, however that is. Returns what takes the promise back. */
export function atEnd(action) {
  cleanups.add(action);
  return () => cleanups.delete(action);
}

let ending = false;
/** Ends all children, removes what is left of us, and exits. */
export async function end(status) {
  if (ending) return;
  ending = true;
  const all = [...children];
  for (const child of all) kill(child, 'SIGTERM');
  const late = setTimeout(() => all.forEach((child) => kill(child, 'SIGKILL')), 4000);
  const running = all.filter((child) => child.exitCode === null && child.signalCode === null);
  await Promise.all(running.map((child) => new Promise((resolve) => child.on('exit', resolve))));
  clearTimeout(late);
  // what the child left in its group
  for (const child of all) kill(child, 'SIGKILL');
  for (const action of cleanups) {
    try {
      action();
    } catch {
      // the others matter too
    }
  }
  process.exit(status);
}

/** Parent of a process where /proc tells it, else 0. */
function parentOf(pid) {
  try {
    // the name before it is in brackets and may hold anything
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]);
  } catch {
    return 0;
  }
}

/** Ends on signals, and when whoever started us is gone: an npm that is killed does not always pass that on. */
export function endWithParent() {
  groups = process.platform !== 'win32';
  const parent = process.ppid;
  // npm runs scripts through a shell, which outlives it
  const starter = process.env.npm_lifecycle_event === undefined ? 0 : parentOf(parent);
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])
    process.on(signal, () => void end(status));
  setInterval(() => {
    if (process.ppid !== parent || (starter > 0 && parentOf(parent) !== starter)) void end(143);
  }, 500).unref();
}

/** Runs a command once. Resolves with its status (null: no end within the limit) and its last lines. */
function once(name, command, args, options, limitMs, note) {
  return new Promise((resolve) => {
    const from = performance.now();
    const child = start(command, args, options);
    const lines = [];
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (d) => {
        lines.push(
          ...String(d)
            .split('\n')
            .filter((l) => l.trim() !== ''),
        );
        lines.splice(0, lines.length - TAIL);
      });
    }
    const beat = setInterval(() => say(`${name}: ${seconds(performance.now() - from)}${note()}`), BEAT_MS);
    const limit = setTimeout(() => {
      timedOut = true;
      kill(child, 'SIGKILL');
    }, limitMs);
    const done = (status) => {
      clearInterval(beat);
      clearTimeout(limit);
      resolve({ status: timedOut ? null : status, tail: lines.join('\n') });
    };
    child.on('error', (error) => {
      lines.push(error.message);
      done(1);
    });
    child.on('close', (status) => done(status ?? 1));
  });
}

/**
 * Runs a command with a line of progress now and then. One that does not end within `limits[0]` ms is killed and tried again with the next
 * limit. Resolves with `{ status, tail }`; status null: it never ended.
 */
export async function longRun(name, command, args, { limits = [180_000, 600_000], note = () => '', ...options } = {}) {
  let result = { status: null, tail: '' };
  for (const [i, limit] of limits.entries()) {
    result = await once(name, command, args, options, limit, note);
    if (result.status !== null) return result;
    say(`${name}: did not end within ${seconds(limit)}${i + 1 < limits.length ? ', trying again' : ''}`);
  }
  return result;
}

function alive(pid) {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Whether the process that a name ends with (`code-server-1.2.3.4711`) is gone. */
export function isLeftOver(name) {
  const pid = Number(/\.(\d+)$/.exec(name)?.[1] ?? NaN);
  return Number.isInteger(pid) && !alive(pid);
}

/** Process that holds a lock; null while that is not known, -1 for one that was left without a word. */
function ownerOf(folder, file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid > 0) return pid;
  } catch {
    // just being made or taken away
  }
  const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  return Date.now() - made > 10_000 ? -1 : null;
}

/** Does something while nobody else does: others wait. A lock whose owner is gone is taken over. */
export async function withLock(folder, what, action) {
  mkdirSync(path.dirname(folder), { recursive: true });
  const owner = path.join(folder, 'pid');
  let waiting = false;
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(owner, String(process.pid));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(folder, owner);
    if (pid !== null && !alive(pid)) rmSync(folder, { recursive: true, force: true });
    else {
      if (!waiting) say(`${what}: waiting for another start ${pid === null ? '' : ` (process ${pid})`}`);
      waiting = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  const kept = atEnd(release);
  try {
    return await action();
  } finally {
    kept();
    release();
  }
}
