// SPDX-License-Identifier: GPL-2.0-only
/** Files with what a loader would decide, beside a source or an object. */
import { AS_COMPILED, LOAD_FILE_SUFFIX, loadFileName, mergeChoices, readChoices, type LoadChoices } from '../object/choices';

export { AS_COMPILED, LOAD_FILE_SUFFIX, loadFileName, mergeChoices, type LoadChoices };

/** Reads the text of such a file; a text that says what is wrong instead. */
export function parseLoadFile(text: string): LoadChoices | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return readChoices(json);
}
