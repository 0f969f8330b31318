// SPDX-License-Identifier: GPL-2.0-only
/** The last part of `npm run coverage`: lines covered by unit tests a room, beside what they are to reach. Fails below what was reached already. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './host/ensure.mjs';

/** Goals in percent, by folder. */
const GOALS = { 'src/extension': 70, webview: 80, all: 88 };

/** What was reached, in percent, by folder: rises, never falls. */
const FLOORS = { 'src/extension': 94, webview: 88, all: 89 };

const summary = JSON.parse(readFileSync(path.join(ROOT, 'coverage', 'coverage-summary.json'), 'utf8'));
const rooms = new Map();
for (const [file, { lines }] of Object.entries(summary)) {
  const name = file === 'total' ? 'all' : path.relative(ROOT, file).split(path.sep).slice(0, 2).join('/');
  const room = file === 'total' ? 'all' : name.startsWith('webview') ? 'webview' : name;
  const { covered, total } = rooms.get(room) ?? { covered: 0, total: 0 };
  rooms.set(room, { covered: covered + lines.covered, total: total + lines.total });
}
for (const [room, { covered, total }] of [...rooms].sort()) {
  const percent = total === 0 ? 100 : (100 * covered) / total;
  const goal = GOALS[room] === undefined ? '' : ` (goal ${GOALS[room]} %${percent < GOALS[room] ? ', not reached' : ''})`;
  const floor = FLOORS[room];
  if (floor !== undefined && percent < floor) {
    console.error(`${room} is below its floor of ${floor} %`);
    process.exitCode = 1;
  }
  console.log(`${room.padEnd(20)} ${percent.toFixed(1).padStart(5)} %${goal}`);
}
