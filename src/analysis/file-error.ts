// SPDX-License-Identifier: GPL-2.0-only
import { TooMuch } from '../btf/budget';
import { BtfError } from '../btf/error';
import { ChoiceError } from '../object/choices';
import { ObjectError } from '../object/failure';
import { OverlayError } from '../policy/overlay';
import type { FileError } from '../protocol/model';
import { KernelError } from './kernel';
import { RuleFileError, ruleFileError, UnknownPolicyError } from './policy';

/** Why a file gave no result, in words for people. */
export function asFileError(file: string, error: unknown): FileError {
  if (error instanceof ObjectError) {
    const where = [error.where === '' ? '' : `in ${error.where}`, error.offset < 0 ? '' : `at byte ${error.offset}`]
      .filter((s) => s !== '')
      .join(' ');
    return {
      kind: 'unreadable',
      title: `${file} cannot be read`,
      message: error.message,
      details: where === '' ? [] : [where],
      diagnostics: [],
    };
  }
  if (error instanceof TooMuch)
    return { kind: 'unreadable', title: `${file} is too much to read`, message: error.message, details: [], diagnostics: [] };
  if (error instanceof ChoiceError)
    return {
      kind: 'unreadable',
      title: `What is assumed does not fit ${file}`,
      message: error.message,
      details: [],
      diagnostics: [],
      choices: error.problems,
    };
  if (error instanceof BtfError)
    return { kind: 'unreadable', title: `The BTF of ${file} cannot be read`, message: error.message, details: [], diagnostics: [] };
  if (error instanceof KernelError)
    return {
      kind: 'unreadable',
      title: `${error.file} cannot be used as the ${error.what}`,
      message: error.message,
      details: [],
      diagnostics: [],
    };
  if (error instanceof RuleFileError) return ruleFileError(error);
  if (error instanceof UnknownPolicyError)
    return { kind: 'unreadable', title: `There is no policy ${error.policy}`, message: error.message, details: [], diagnostics: [] };
  if (error instanceof OverlayError)
    return { kind: 'unreadable', title: 'The overlay cannot be used', message: error.message, details: [], diagnostics: [] };
  const e = error instanceof Error ? error : new Error(String(error));
  return {
    kind: 'internal',
    title: 'The analysis failed; this is a bug of BPF Context Explorer, not of the program',
    message: e.message,
    details: (e.stack ?? '')
      .split('\n')
      .slice(1, 8)
      .map((l) => l.trim()),
    diagnostics: [],
  };
}
