// SPDX-License-Identifier: GPL-2.0-only
/**
 * The generated parts of `package.json` and all of `package.nls.json`, from the tables beside this file (`npm run contributions` writes them).
 * Words for people stand in the tables; the manifest has keys of them, so that they can be translated.
 */
import { POLICY_FILE_SUFFIX } from '../policy/names';
import { COLOURS, ICONS } from './colours';
import { COMMANDS } from './commands';
import { JSONC_FILES, LANGUAGES, SCHEMAS } from './languages';
import { idOf } from './names';
import { SETTINGS, type Setting, UNTRUSTED } from './settings';
import { CONTAINER, LOADS_ON_TYPE, OBJECT_EDITORS, PANEL_TYPE, VIEWS } from './views';
import { WALKTHROUGH } from './walkthrough';

type Json = Readonly<Record<string, unknown>>;

/** What starts the extension, beside its commands, views and editors. */
const ACTIVATION = [
  'onLanguage:c',
  `onWebviewPanel:${PANEL_TYPE}`,
  `onWebviewPanel:${LOADS_ON_TYPE}`,
  `workspaceContains:**/*${POLICY_FILE_SUFFIX}`,
];

const TRUST_WORDS = `C and assembly are compiled with clang only in trusted workspaces. BPF objects are analysed in any workspace, in one that is not trusted within ${UNTRUSTED.timeoutS} s of CPU time and ${UNTRUSTED.memoryMb} MiB, under the policy of your own settings and without overlays and load files of the workspace.`;
const VIRTUAL = 'C and assembly cannot be compiled in a virtual workspace.';

/** Where the editor looks for translations of what the extension itself says: `bundle.l10n.LANGUAGE.json`, of the sentences in `bundle.l10n.json`. */
const L10N_FOLDER = './l10n';

/** Gathers words under keys. */
class Words {
  readonly all: Record<string, string> = {};

  /** The reference that stands in `package.json` for a text. Throws when a key has two texts. */
  of(key: string, text: string): string {
    if (this.all[key] !== undefined && this.all[key] !== text) throw new Error(`two texts for ${key}`);
    this.all[key] = text;
    return `%${key}%`;
  }
}

function commands(words: Words): Json {
  const menus: Record<string, Json[]> = {};
  const list = Object.entries(COMMANDS).map(([name, { title, icon, enablement, menus: places }]) => {
    const command = idOf(name);
    for (const [menu, place] of Object.entries(places ?? {})) (menus[menu] ??= []).push({ command, ...place });
    return {
      command,
      title: words.of(`command.${name}.title`, title),
      category: words.of('category', 'BPF'),
      ...(enablement === undefined ? {} : { enablement }),
      ...(icon === undefined ? {} : { icon: `$(${icon})` }),
    };
  });
  return { commands: list, menus };
}

function property(words: Words, name: string, setting: Setting<unknown>, order: number): Json {
  const key = (of: string): string => `configuration.${name}.${of}`;
  const field = /[`*]|\]\(/.test(setting.description) ? 'markdownDescription' : 'description';
  const values = Object.entries(setting.values ?? {}).map(([value, text]) => words.of(key(value), text));
  const { schema } = setting;
  const [first, ...others] = (schema['anyOf'] ?? []) as readonly Json[];
  return {
    ...schema,
    ...(values.length === 0
      ? {}
      : first === undefined
        ? { enumDescriptions: values }
        : { anyOf: [{ ...first, enumDescriptions: values }, ...others] }),
    default: setting.default,
    [field]: words.of(key(field), setting.description),
    ...(setting.patternError === undefined ? {} : { patternErrorMessage: words.of(key('patternErrorMessage'), setting.patternError) }),
    scope: setting.scope,
    order,
  };
}

function configuration(words: Words): Json {
  const properties = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting], i) => [
    idOf(name),
    property(words, name, setting, i + 1),
  ]);
  return { title: 'BPF Context Explorer', properties: Object.fromEntries(properties) };
}

function views(words: Words): Json {
  const title = words.of(`container.${CONTAINER.id}.title`, CONTAINER.title);
  const all = Object.entries(VIEWS);
  return {
    viewsContainers: { activitybar: [{ ...CONTAINER, title }] },
    views: {
      [CONTAINER.id]: all.map(([key, { id, name }]) => ({ id, name: words.of(`view.${key}.name`, name), contextualTitle: title })),
    },
    viewsWelcome: all.flatMap(([key, { id, welcome }]) =>
      welcome === null ? [] : [{ view: id, contents: words.of(`welcome.${key}.contents`, welcome) }],
    ),
  };
}

function colours(words: Words): Json {
  const icon = ([id, description]: [string, string], i: number): [string, Json] => [
    id,
    {
      description: words.of(`icon.${id}.description`, description),
      default: { fontPath: './media/bpf-icons.woff', fontCharacter: `\\${(0xe001 + i).toString(16).toUpperCase()}` },
    },
  ];
  return {
    colors: Object.entries(COLOURS).map(([name, { description, themes }]) => {
      const [dark, light, highContrast, highContrastLight] = themes;
      return {
        id: idOf(name),
        description: words.of(`color.${name}.description`, description),
        defaults: { dark, light, highContrast, highContrastLight },
      };
    }),
    icons: Object.fromEntries(Object.entries(ICONS).map(icon)),
  };
}

function languages(): Json {
  return {
    languages: [
      ...LANGUAGES.map(({ id, aliases, extensions, configuration: file }) => ({ id, aliases, extensions, configuration: file })),
      { id: 'jsonc', filenamePatterns: JSONC_FILES },
    ],
    grammars: LANGUAGES.map(({ id, grammar }) => ({ language: id, ...grammar })),
    jsonValidation: Object.entries(SCHEMAS).map(([name, fileMatch]) => ({ fileMatch, url: `./media/schemas/${name}.schema.json` })),
  };
}

function walkthroughs(words: Words): Json[] {
  const { id, title, description, steps } = WALKTHROUGH;
  const key = `walkthrough.${id}`;
  return [
    {
      id,
      title: words.of(`${key}.title`, title),
      description: words.of(`${key}.description`, description),
      steps: steps.map((step) => ({
        id: step.id,
        title: words.of(`${key}.${step.id}.title`, step.title),
        description: words.of(`${key}.${step.id}.description`, step.description),
        media: { markdown: `media/walkthrough/${step.id}.md` },
        completionEvents: [step.completes],
      })),
    },
  ];
}

/** What the tables say: members of `package.json`, and the words of `package.nls.json` by key. */
export function manifest(): { readonly members: Json; readonly words: Readonly<Record<string, string>> } {
  const words = new Words();
  const restricted = Object.entries<Setting<unknown>>(SETTINGS).filter(([, s]) => s.restricted === true);
  const capabilities = {
    untrustedWorkspaces: {
      supported: 'limited',
      description: words.of('capabilities.untrustedWorkspaces.description', TRUST_WORDS),
      restrictedConfigurations: restricted.map(([name]) => idOf(name)),
    },
    virtualWorkspaces: { supported: 'limited', description: words.of('capabilities.virtualWorkspaces.description', VIRTUAL) },
  };
  const contributes = {
    ...commands(words),
    ...languages(),
    customEditors: Object.entries(OBJECT_EDITORS).map(([name, { viewType, displayName, patterns, priority }]) => ({
      viewType,
      displayName: words.of(`editor.object.${name}`, displayName),
      selector: patterns.map((filenamePattern) => ({ filenamePattern })),
      priority,
    })),
    configuration: configuration(words),
    ...views(words),
    ...colours(words),
    walkthroughs: walkthroughs(words),
  };
  return { members: { l10n: L10N_FOLDER, activationEvents: ACTIVATION, capabilities, contributes }, words: words.all };
}

/** `package.json` with what the tables say in place of what it has of it. */
export function withManifest(packageJson: string): string {
  return `${JSON.stringify({ ...(JSON.parse(packageJson) as Json), ...manifest().members }, null, 2)}\n`;
}

/** `package.nls.json`. */
export function wordsFile(): string {
  return `${JSON.stringify(manifest().words, null, 2)}\n`;
}
