// SPDX-License-Identifier: GPL-2.0-only
/** Where a compiler looks for headers, asked of one that answers and of one that does not. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hostFolders } from '../../../src/compiler/host';

const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-host-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** A compiler that says its folders at its second start; the first one never ends. */
function hesitant(): string {
  const clang = path.join(temp, 'clang');
  const list = ['#include <...> search starts here:', ' /usr/include', 'End of search list.'].join('\\n');
  writeFileSync(
    clang,
    `#!/bin/sh\nif [ -e '${clang}.asked' ]; then printf '${list}' >&2; else : > '${clang}.asked'; exec sleep 600; fi\n`,
    {
      mode: 0o755,
    },
  );
  return clang;
}

describe.skipIf(process.platform !== 'linux')('a compiler that does not answer', () => {
  it('is ended by the cancel of who asked it; who waits beside asks again', async () => {
    const clang = hesitant();
    const asking = new AbortController();
    const first = hostFolders(clang, asking.signal);
    const second = hostFolders(clang);
    await expect.poll(() => existsSync(`${clang}.asked`)).toBe(true);
    asking.abort();
    expect(await first).toEqual([]);
    expect(await second).toEqual([expect.stringContaining('/usr/include')]);
  });
});
