// SPDX-License-Identifier: GPL-2.0-only
import { loadFileSchema } from '../../src/analysis/load-schema';
import { withManifest, wordsFile } from '../../src/contributions/manifest';
import { overlaySchema, policySchema } from '../../src/policy/schema';
import { cliPage } from './cli-page';
import { l10nBundle } from './l10n-bundle';
import { settingsPage } from './settings-page';

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** Files that tables of the product make, by their path: the text that each should have, from the one that it has. */
export const GENERATED: Readonly<Record<string, (now: string) => string>> = {
  'package.json': withManifest,
  'package.nls.json': wordsFile,
  'l10n/bundle.l10n.json': l10nBundle,
  'media/schemas/bpf-policy.schema.json': () => json(policySchema()),
  'media/schemas/bpf-overlay.schema.json': () => json(overlaySchema()),
  'media/schemas/bpf-load.schema.json': () => json(loadFileSchema()),
  'docs/settings.md': settingsPage,
  'docs/cli.md': cliPage,
};
