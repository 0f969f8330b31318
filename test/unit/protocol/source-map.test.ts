// SPDX-License-Identifier: GPL-2.0-only
/** Sources of objects that were built elsewhere. */
import { describe, expect, it } from 'vitest';
import { bestMatches, mappedPath, plainName, ruleOf } from '../../../src/protocol/source-map';

describe('the file that a line record means', () => {
  const object = '/w/target/bpf/probe.o';

  it('has the longest common end, and is the nearest of those', () => {
    const files = ['/w/other/src/main.rs', '/w/probe/src/main.rs', '/w/main.rs'];
    expect(bestMatches('/build/probe/src/main.rs', files, object)).toEqual(['/w/probe/src/main.rs']);
    expect(bestMatches('/build/x/main.rs', ['/w/target/main.rs', '/v/main.rs'], object)).toEqual(['/w/target/main.rs']);
  });

  it('is not guessed at: as good ones come together, others not at all', () => {
    expect(bestMatches('src/main.rs', ['/w/a/src/main.rs', '/w/b/src/main.rs'], object)).toEqual(['/w/a/src/main.rs', '/w/b/src/main.rs']);
    expect(bestMatches('src/main.rs', ['/w/src/lib.rs'], object)).toEqual([]);
    expect(bestMatches('src/main.rs', [], object)).toEqual([]);
  });

  it('says where the others of its build are', () => {
    const rule = ruleOf('/build/x/src/a.bpf.c', '/home/me/p/src/a.bpf.c');
    expect(rule).toEqual({ from: '/build/x', to: '/home/me/p' });
    expect(mappedPath('/build/x/include/b.h', [rule])).toBe('/home/me/p/include/b.h');
    expect(mappedPath('/build/xy/b.h', [rule])).toBeNull();
    expect(mappedPath('/elsewhere/b.h', [rule])).toBeNull();
    const whole = ruleOf('src/a.rs', '/w/src/a.rs');
    expect([mappedPath('src/a.rs', [whole]), mappedPath('src/b.rs', [whole])]).toEqual(['/w/src/a.rs', null]);
  });

  it('is spelled with slashes, whoever built it', () => {
    expect([plainName('./a.c'), plainName('.\\src\\a.c'), plainName('/a.c')]).toEqual(['a.c', 'src/a.c', '/a.c']);
  });
});
