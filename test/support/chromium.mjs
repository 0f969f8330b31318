// SPDX-License-Identifier: GPL-2.0-only
// The browser of the tests: the system's Chromium, driven by playwright-core, which brings none itself.
import { chromium } from 'playwright-core';
import { which } from '../../scripts/host/ensure.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchChromium() {
  const executablePath = process.env.CHROMIUM ?? which('chromium', 'chromium-browser', 'google-chrome');
  if (executablePath === null) throw new Error('Chromium is missing (Debian package chromium)');
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}
