// SPDX-License-Identifier: GPL-2.0-only
/** The editor of objects: what a file is, which of its objects, what is assumed, and what only a loader could say. */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { archiveOf } from '../support/archive';
import type { BrowserTest } from './tests';
import type { Workbench } from './workbench';

const fixture = (name: string): { name: string; bytes: Uint8Array } => ({
  name: name.split('/').pop()!,
  bytes: readFileSync(`test/${name}`),
});

export function objectTests(w: Workbench): readonly BrowserTest[] {
  return [
    {
      name: 'objects: a member of an archive is chosen, its byte order and assumptions are said, and a type is chosen there',
      run: async () => {
        const archive = archiveOf(
          [fixture('loader/kinds.bpf.o'), fixture('endian/endian.eb.o'), { name: 'notes', bytes: new Uint8Array(3) }],
          'system-v',
        );
        w.write('both.o', archive);
        await w.closeAll();
        await w.open('both.o');
        const frame = await w.programs(4);
        assert.match(
          (await frame.locator('body').textContent()) ?? '',
          /ELF object for BPF, little-endian, in an archive.*one of 2.*Not opened: 1/s,
        );
        const differs = frame.locator('tr', { hasText: 'differs' });
        assert.match((await differs.textContent()) ?? '', /not loaded.*accepted as tc, action.*rejected as socket/s);
        await w.screenshot('object-archive');

        await w.tap(differs.locator('button', { hasText: 'Choose the program type…' }));
        const input = w.page.locator('.quick-input-widget input.input');
        await input.waitFor({ state: 'visible' });
        await input.fill('socket');
        await w.page.locator('.quick-input-list .monaco-list-row.focused .label-name', { hasText: /^socket$/ }).waitFor();
        await input.press('Enter');
        await w.until('a verdict', async () => {
          const now = await w.frame('body > table');
          return /rejected.*assumed: type socket/s.test((await now.locator('tr', { hasText: 'differs' }).textContent()) ?? '');
        });
        await w.screenshot('object-type-chosen');

        await w.closeAll();
        await w.open('both.o');
        const again = await w.frame('body > table');
        await again.locator('select').selectOption('endian.eb.o');
        const other = await w.programs(11);
        const text = (await other.locator('body').textContent()) ?? '';
        assert.match(text, /big-endian.*Assumed of all programs.*a big-endian machine/s);
        assert.equal(text.split('a big-endian machine').length, 2, 'it is said once');
        await w.screenshot('object-big-endian');
        await w.closeAll();
        for (const name of ['both.o', 'both.bpf-load.json']) w.remove(name);
      },
    },
    {
      name: 'objects: a file of any name is opened as an object by its content',
      run: async () => {
        w.write('firmware', fixture('loader/kinds.bpf.o').bytes);
        await w.closeAll();
        await w.open('firmware');
        await w.pick('View: Reopen Editor With...', 'BPF object (whatever its name)');
        await w.programs(4);
        await w.screenshot('object-any-name');
        await w.closeAll();
        w.remove('firmware');
      },
    },
    {
      name: 'objects: a Rust source that was built elsewhere is found by the end of its name, and shows what the object says of it',
      run: async () => {
        // compiled from C whose lines are said to be those of /build/probe/src/main.rs
        w.write('probe.o', fixture('mapped/probe.o').bytes);
        w.write('main.rs', readFileSync('test/mapped/main.rs'));
        await w.closeAll();
        await w.open('probe.o');
        const frame = await w.frame('body > table');
        assert.match((await frame.locator('details').textContent()) ?? '', /\/build\/probe\/src\/main\.rs is .*\/main\.rs/);
        await frame.locator('details summary').click();
        await w.screenshot('object-mapped');
        await w.open('main.rs');
        const left = w.page.locator('.editor-group-container').first();
        await left.locator('.squiggly-error').first().waitFor();
        await left
          .locator('.codelens-decoration', { hasText: /rejected/ })
          .first()
          .waitFor();
        await w.screenshot('object-rust-source');
        await w.closeAll();
        for (const name of ['probe.o', 'main.rs']) w.remove(name);
      },
    },
  ];
}
