// SPDX-License-Identifier: GPL-2.0-only
/** What stands above the table: scope, filter, progress. */
import { type FromLoadsOn, type LoadsOnKept, type LoadsOnPage, type LoadsOnScope, sumsText } from '../../src/protocol/loads-on-page';
import { h } from '../page/dom';

export class Head {
  /** Only rows that differ. */
  differences = false;
  sums = '';
  private readonly scope = h(
    'select',
    { 'aria-label': 'Programs', onchange: () => this.post({ type: 'scope', scope: this.scope.value as LoadsOnScope }) },
    h('option', { value: 'file' }, 'this file'),
    h('option', { value: 'folder' }, 'folder'),
    h('option', { value: 'all' }, 'all verified files'),
  );
  private readonly toggle = h(
    'button',
    {
      'aria-pressed': 'false',
      title: 'Only programs that are not the same on all kernels',
      onclick: () => {
        this.differences = !this.differences;
        this.toggle.setAttribute('aria-pressed', String(this.differences));
        this.changed();
      },
    },
    'Differences',
  );
  private readonly filter = h('input', {
    type: 'search',
    'aria-label': 'Find program, kfunc, field, target',
    placeholder: 'Find program, kfunc, field, target',
    oninput: () => this.changed(),
  });
  private readonly status = h('span', { class: 'dim' });
  private readonly progress = h('div', { class: 'progress', role: 'progressbar', 'aria-label': 'Verifying', hidden: true });
  private readonly cancel = h('button', { hidden: true, onclick: () => this.post({ type: 'cancel' }) }, 'Cancel');
  private readonly again = h('button', { title: 'Verify again', onclick: () => this.post({ type: 'refresh' }) }, 'Verify again');
  readonly element: HTMLElement;

  constructor(
    private readonly post: (message: FromLoadsOn) => void,
    private readonly changed: () => void,
  ) {
    this.element = h(
      'header',
      {},
      h(
        'div',
        { class: 'bar', role: 'toolbar', 'aria-label': 'Loads on' },
        h('label', {}, 'Programs of ', this.scope),
        this.toggle,
        this.filter,
        this.again,
        this.cancel,
        h('button', { title: 'Which kernels the programs have to load on', onclick: () => this.post({ type: 'settings' }) }, 'Kernels…'),
      ),
      this.progress,
      h('p', { class: 'sums' }, this.status),
    );
  }

  get wanted(): string {
    return this.filter.value;
  }

  /** As it was before a reload. */
  restore({ differences, wanted }: Pick<LoadsOnKept, 'differences' | 'wanted'>): void {
    this.differences = differences;
    this.toggle.setAttribute('aria-pressed', String(differences));
    this.filter.value = wanted;
  }

  /** Puts the keyboard into the filter. */
  find(): void {
    this.filter.focus();
    this.filter.select();
  }

  show(page: LoadsOnPage): void {
    const [file, folder] = this.scope.options;
    file!.textContent = page.file;
    file!.hidden = file!.disabled = page.file === '';
    folder!.textContent = `folder ${page.folder}`;
    this.scope.value = page.scope;
    this.sums = page.rows.length === 0 ? '' : sumsText(page);
    this.status.textContent = page.busy !== '' ? page.busy : `${this.sums}${page.stale ? ' (before your edits)' : ''}`;
    this.progress.hidden = page.busy === '';
    this.cancel.hidden = page.busy === '';
    this.again.hidden = page.busy !== '';
  }
}
