// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { isValidFormat } from '../../../src/verifier/calls/bprintf';

const valid = (format: string, args: number): boolean => isValidFormat(new TextEncoder().encode(format), args);

describe('format strings of bpf_snprintf', () => {
  it.each([
    ['plain text\n', 0],
    ['%%', 0],
    ['%d %u %x %X %i', 5],
    ['%ld %llu %lx', 3],
    ['%08lx %-5d %+d % d', 4],
    ['%s', 1],
    ['%s,', 1],
    ['%c%c', 2],
    ['%p %pK %px %ps %pS %pB', 6],
    ['%pi4 %pI6', 2],
    ['%pks %pus', 2],
    ['%d', 3],
    ['üml', 0],
  ])('%j with %i values is valid', (format, args) => expect(valid(format, args)).toBe(true));

  it.each([
    ['%d %d', 1],
    ['%', 1],
    ['%l', 1],
    ['%z', 1],
    ['%dx%n', 2],
    ['%sx', 1],
    ['%pz', 1],
    ['%pi5', 1],
    ['%pksx', 1],
    ['%ü', 1],
    ['\u0001', 0],
    ['\u007f', 0],
    ['%1$d', 1],
  ])('%j with %i values is not', (format, args) => expect(valid(format, args)).toBe(false));
});
