// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { kconfigContents } from '../../../src/object/kconfig';
import { parseKernelConfig } from '../../../src/object/object-kernel';
import type { Extern, KconfigType } from '../../../src/object/model';
import { sampleKernel } from './helpers/sample';

const config = parseKernelConfig(
  '# comment\nCONFIG_Y=y\nCONFIG_M=m\n# CONFIG_OFF is not set\nCONFIG_NUM=250\nCONFIG_HEX=0xffffffff\nCONFIG_NEG=-3\nCONFIG_TEXT="a b=c"\n',
);
const kernel = { ...sampleKernel(), config };

function value(name: string, type: KconfigType, size: number, options: { weak?: boolean; signed?: boolean } = {}): number[] {
  const { weak = false, signed = false } = options;
  const extern: Extern = { name, symbolIndex: 1, weak, btfId: 1, what: { kind: 'kconfig', type, signed, size, align: size, offset: 0 } };
  const { contents, failed } = kconfigContents([extern], kernel, size);
  for (const failure of failed.values()) throw failure;
  return [...contents];
}

describe('kconfigContents', () => {
  it.each<[string, KconfigType, number, number[]]>([
    ['CONFIG_Y', 'bool', 1, [1]],
    ['CONFIG_Y', 'tristate', 4, [1, 0, 0, 0]],
    ['CONFIG_M', 'tristate', 4, [2, 0, 0, 0]],
    ['CONFIG_M', 'char', 1, [0x6d]],
    ['CONFIG_NUM', 'int', 4, [250, 0, 0, 0]],
    ['CONFIG_HEX', 'int', 8, [255, 255, 255, 255, 0, 0, 0, 0]],
    ['CONFIG_TEXT', 'chars', 8, [0x61, 0x20, 0x62, 0x3d, 0x63, 0, 0, 0]],
    ['CONFIG_TEXT', 'chars', 3, [0x61, 0x20, 0]],
    ['LINUX_KERNEL_VERSION', 'int', 4, [4, 3, 7, 0]],
    ['LINUX_HAS_BPF_COOKIE', 'bool', 1, [1]],
  ])('%s as %s of %d bytes', (name, type, size, bytes) => {
    expect(value(name, type, size)).toEqual(bytes);
  });

  it('extends signed numbers and leaves weak ones 0', () => {
    expect(value('CONFIG_NEG', 'int', 2, { signed: true })).toEqual([0xfd, 0xff]);
    expect(value('CONFIG_OFF', 'int', 4, { weak: true })).toEqual([0, 0, 0, 0]);
    expect(value('LINUX_LATER', 'int', 4, { weak: true })).toEqual([0, 0, 0, 0]);
  });

  it.each<[string, KconfigType, number, RegExp]>([
    ['CONFIG_OFF', 'int', 4, /strong\): not resolved/],
    ['CONFIG_M', 'bool', 1, /implies bool, tristate, or char/],
    ['CONFIG_Y', 'int', 4, /implies bool, tristate, or char/],
    ['CONFIG_TEXT', 'int', 4, /implies char array/],
    ['CONFIG_NUM', 'bool', 1, /implies integer type/],
    ['CONFIG_HEX', 'int', 2, /doesn't fit in 2 bytes/],
    ['LINUX_LATER', 'int', 4, /unrecognized virtual extern/],
    ['OTHER', 'int', 4, /unrecognized virtual extern/],
  ])('refuses %s as %s of %d bytes', (name, type, size, message) => {
    expect(() => value(name, type, size)).toThrow(message);
  });
});
