// SPDX-License-Identifier: GPL-2.0-only
/** `docs/settings.md`: settings, commands and keys of the graph. */
import { EDITOR_COMMANDS } from '../../src/contributions/commands';
import { GRAPH_COMMANDS, KEY_LIST } from '../../src/contributions/graph-commands';
import { type Setting, SETTINGS, settingId, type SettingName } from '../../src/contributions/settings';

const SCOPES: Readonly<Record<Setting<unknown>['scope'], string>> = {
  resource: 'folder',
  window: 'workspace',
  machine: 'user only',
  'machine-overridable': 'workspace, by machine',
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

function valuesOf(s: Setting<unknown>): string {
  if (s.values === undefined) return '';
  return `<br>${Object.entries(s.values)
    .map(([value, words]) => `\`${value}\`: ${words}`)
    .join('<br>')}`;
}

function row([name, s]: [string, Setting<unknown>]): string {
  const fallback = `\`${JSON.stringify(s.default)}\``;
  const where = `${SCOPES[s.scope]}${s.restricted === true ? ', if trusted' : ''}`;
  return `| \`${settingId(name as SettingName)}\` | ${fallback} | ${where} | ${cell(`${s.description}${valuesOf(s)}`)} |`;
}

/** The page. */
export function settingsPage(): string {
  const titles = [...Object.values(EDITOR_COMMANDS), ...Object.values(GRAPH_COMMANDS)].map((c) => c.title);
  return [
    '<!-- Generated: npm run contributions -->',
    '# Settings, commands, keys',
    '',
    '## Settings',
    '',
    'Where *if trusted* stands, a workspace that is not trusted cannot set it for itself.',
    '',
    '| setting | default | can be set for | |',
    '|---|---|---|---|',
    ...Object.entries<Setting<unknown>>(SETTINGS).map(row),
    '',
    '## Keys of the graph',
    '',
    `While a graph has the focus. Single letters can be switched off (\`${settingId('singleKeys')}\`); each key is a command too, and can be bound to others.`,
    '',
    '| keys | |',
    '|---|---|',
    ...KEY_LIST.map(({ keys, does }) => `| ${cell(keys)} | ${cell(does)} |`),
    '',
    '## Commands',
    '',
    'In the palette, under *BPF*:',
    '',
    ...titles.map((title) => `- ${title}`),
    '',
  ].join('\n');
}
