// SPDX-License-Identifier: GPL-2.0-only
import { expect, it } from 'vitest';
import { licenceAdvice, licenceDeclared } from '../../../src/explain/licence';

it('an object without a license section is told from one with another licence: a file of the same program may declare it', () => {
  expect(licenceDeclared('')).toBe('This object declares no license (it has no section "license").');
  expect(licenceAdvice('')).toContain('if another file of the program does, verify the files as one');
  expect(licenceDeclared('Proprietary')).toBe('The program\'s license is "Proprietary".');
  expect(licenceAdvice('Proprietary')).not.toContain('another file');
});
