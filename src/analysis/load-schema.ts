// SPDX-License-Identifier: GPL-2.0-only
/**
 * The JSON schema of files with choices, from the table that their reader goes by. It accepts everything: what is wrong in a file is said by the
 * reader, once and at its place.
 */
import { CHOICE_SECTIONS, type ChoiceProperty, LOAD_FILE_SUFFIX, type Wanted } from '../object/choices';
import { SECTION_NAMES } from '../object/secdefs';

type Schema = Readonly<Record<string, unknown>>;

/** Offers without refusing anything else. */
function offering(wanted: Wanted, description: string): Schema {
  const offered =
    wanted.offers === 'sections'
      ? [{ enum: SECTION_NAMES.map((section) => section.name) }]
      : wanted.offers === 'any'
        ? [{ enum: ['any'] }]
        : wanted.types.includes('array')
          ? []
          : wanted.types.map((type) => ({ type }));
  return {
    ...(description === '' ? {} : { markdownDescription: description }),
    ...(wanted.types.includes('array') ? { items: {}, default: [] } : { anyOf: [...offered, {}] }),
  };
}

function propertiesOf(properties: Readonly<Record<string, ChoiceProperty>>): Schema {
  return Object.fromEntries(Object.entries(properties).map(([name, { wanted, description }]) => [name, offering(wanted, description)]));
}

/** The schema, as it is shipped. */
export function loadFileSchema(): Schema {
  const sections = Object.entries(CHOICE_SECTIONS).map(([name, section]): [string, Schema] => {
    if (section.of === 'one') return [name, offering(section.wanted, section.description)];
    const each = section.of === 'each' ? offering(section.wanted, '') : { properties: propertiesOf(section.properties), default: {} };
    return [name, { markdownDescription: section.description, default: {}, additionalProperties: each }];
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment:
      'Generated: npm run contributions. It accepts everything: what is wrong in a file is said by the reader, once and at its place.',
    title: 'What the loader decides',
    description: `Values of constants, program types, attach targets, sizes of maps and the files of a program: NAME${LOAD_FILE_SUFFIX} beside NAME.bpf.c or NAME.bpf.o.`,
    allowComments: true,
    allowTrailingCommas: true,
    properties: { $schema: {}, ...Object.fromEntries(sections) },
  };
}
