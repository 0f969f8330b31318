// SPDX-License-Identifier: GPL-2.0-only
/** Languages and the files that belong to them. */
import { OVERLAY_FILE_SUFFIX, POLICY_FILE_SUFFIX } from '../policy/names';
import { LOAD_FILE_SUFFIX } from '../object/choices';
import { DISASSEMBLY } from './names';

export const LANGUAGES = [
  {
    id: DISASSEMBLY.language,
    aliases: ['BPF disassembly'],
    extensions: ['.bpfdis'],
    configuration: './media/disassembly-language.json',
    grammar: { scopeName: 'source.bpf-disassembly', path: './media/disassembly.tmLanguage.json' },
  },
  {
    id: 'bpf-assembly',
    aliases: ['BPF assembly'],
    extensions: ['.bpf.s', '.bpf.S'],
    configuration: './media/assembly-language.json',
    grammar: { scopeName: 'source.bpf-assembly', path: './media/assembly.tmLanguage.json' },
  },
] as const;

/** Files that are JSON with comments. */
export const JSONC_FILES = [`*${LOAD_FILE_SUFFIX}`];

/** Files with a schema, by the schema's name in `media/schemas`. */
export const SCHEMAS = {
  'bpf-policy': `*${POLICY_FILE_SUFFIX}`,
  'bpf-overlay': `*${OVERLAY_FILE_SUFFIX}`,
  'bpf-load': `*${LOAD_FILE_SUFFIX}`,
} as const;
