// SPDX-License-Identifier: GPL-2.0-only
/** The table, as a grid for keyboards and screen readers, and what is said of the chosen cell. */
import {
  cellLabel,
  cellText,
  lackWords,
  type FromLoadsOn,
  type LoadsOnColumn,
  type LoadsOnPage,
  type LoadsOnRow,
  type LoadsOnSort,
  matches,
  nextSort,
  shareOf,
  sortedRows,
  sortWords,
} from '../../src/protocol/loads-on-page';
import type { LoadsOnCell } from '../../src/protocol/loads-on';
import { h, s } from '../page/dom';
import type { Head } from './head';

/** Signs that differ by shape: what loads, what is refused, what is not there, what is not known. */
const SIGNS: Readonly<Record<LoadsOnCell['kind'], string>> = {
  loads: 'M3 8.5 6.5 12 13 4.5',
  rejected: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M5.5 5.5l5 5M10.5 5.5l-5 5',
  missing: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8M3.6 3.6l8.8 8.8',
  unknown: 'M8 1.5 14.5 8 8 14.5 1.5 8ZM6.3 6.6a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.2M8 10.6v.8',
};

function sign(kind: LoadsOnCell['kind']): SVGSVGElement {
  return s(
    'svg',
    { width: 14, height: 14, viewBox: '0 0 16 16', 'aria-hidden': 'true', class: `sign ${kind}` },
    s('path', {
      d: SIGNS[kind],
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.3,
      'stroke-linejoin': 'round',
      'stroke-linecap': 'round',
    }),
  );
}

/** Share of the limit of processed instructions, from 1 % on, as a bar. */
function share(cell: LoadsOnCell): HTMLElement | null {
  const part = shareOf(cell);
  if (part < 0.01) return null;
  const bar = h('span', { class: part > 0.5 ? 'share much' : 'share' });
  bar.style.width = `${(part * 100).toFixed(1)}%`;
  return bar;
}

export class LoadsOnTable {
  readonly element = h('div', { class: 'rows', onkeydown: (e) => this.key(e as KeyboardEvent) });
  readonly detail = h('section', { class: 'detail', 'aria-label': 'Chosen cell', hidden: true });
  private page: LoadsOnPage | null = null;
  /** Rows that are shown, as indices in those of the page. */
  private visible: readonly number[] = [];
  /** The chosen cell: index in the page's rows; columns count from the first kernel, -1 is the program, the last the difference. */
  private row = 0;
  private column = -1;
  /** Null: most different first, as the host has them. */
  sort: LoadsOnSort | null = null;

  constructor(
    private readonly post: (message: FromLoadsOn) => void,
    private readonly head: Head,
    private readonly say: (text: string) => void,
    /** Called when the order is another. */
    private readonly sorted: () => void,
  ) {}

  show(page: LoadsOnPage): void {
    this.page = page;
    this.draw();
  }

  draw(): void {
    const { page } = this;
    if (page === null) return;
    const had = this.element.contains(document.activeElement);
    const isWanted = (row: LoadsOnRow): boolean => matches(row, this.head.wanted) && (!this.head.differences || row.rank < 4);
    this.visible = sortedRows(page.rows, this.sort).filter((i) => isWanted(page.rows[i]!));
    if (!this.visible.includes(this.row)) this.row = this.visible[0] ?? 0;
    const rows = this.visible.map((i) => this.tableRow(page, i));
    const hidden = page.rows.length - this.visible.length;
    this.element.replaceChildren(
      ...(page.columns.length === 0
        ? []
        : [
            h(
              'table',
              {
                role: 'grid',
                'aria-label': 'Programs and kernels',
                'aria-rowcount': rows.length + 1,
                'aria-colcount': page.columns.length + 2,
                class: page.stale ? 'stale' : '',
              },
              h('thead', {}, this.headRow(page)),
              h('tbody', {}, ...rows),
            ),
          ]),
      ...(hidden > 0
        ? [h('p', { class: 'dim' }, `${hidden} more ${this.head.wanted === '' ? 'are the same on all' : 'do not match'}`)]
        : []),
    );
    this.drawDetail();
    if (had) this.focus();
  }

  /** Sorts by a column. */
  private by(column: number): void {
    this.sort = nextSort(this.sort, column);
    this.draw();
    this.element.querySelector<HTMLElement>(`thead button[data-sort="${column}"]`)?.focus();
    this.say(sortWords(this.sort, this.page?.columns ?? []));
    this.sorted();
  }

  /** What a column is called, as a button that sorts by it. */
  private sortable(column: number, name: string): HTMLElement {
    const way = this.sort?.column !== column ? '' : this.sort.descending ? ' ▼' : ' ▲';
    return h('button', { class: 'sort', 'data-sort': column, title: `Sort by ${name}`, onclick: () => this.by(column) }, `${name}${way}`);
  }

  /** How a column is sorted, as assistive technology has it. */
  private ariaSort(column: number): string {
    return this.sort?.column !== column ? 'none' : this.sort.descending ? 'descending' : 'ascending';
  }

  private headRow({ columns, rows }: LoadsOnPage): HTMLElement {
    const kernel = (c: LoadsOnColumn, i: number): HTMLElement =>
      h(
        'th',
        { scope: 'col', title: `Linux ${c.version}`, 'aria-sort': this.ariaSort(i) },
        this.sortable(i, c.series),
        c.floor && h('span', { class: 'tag' }, 'floor'),
        c.own && h('span', { class: 'tag' }, 'default'),
        h('div', { class: 'dim' }, `${c.loads} of ${rows.length}`),
      );
    const same = rows.filter(({ rank }) => rank === 4).length;
    return h(
      'tr',
      {},
      h(
        'th',
        { scope: 'col', 'aria-sort': this.ariaSort(-1) },
        this.sortable(-1, `${rows.length} program${rows.length === 1 ? '' : 's'}`),
        h('div', { class: 'dim' }, `${same} the same on all`),
      ),
      ...columns.map(kernel),
      h(
        'th',
        { scope: 'col', 'aria-sort': this.ariaSort(columns.length) },
        this.sortable(columns.length, 'First difference'),
        h('div', { class: 'dim' }, 'and what to use instead'),
      ),
    );
  }

  private tableRow(page: LoadsOnPage, i: number): HTMLElement {
    const row = page.rows[i]!;
    const at = (column: number): Record<string, string | number | boolean | (() => void)> => ({
      'data-row': i,
      'data-column': column,
      tabindex: i === this.row && column === this.column ? 0 : -1,
      'aria-selected': String(i === this.row && column === this.column),
      onclick: () => this.choose(i, column),
      ondblclick: () => this.go(),
    });
    return h(
      'tr',
      { class: i === this.row ? 'chosen' : '' },
      h('th', { scope: 'row', ...at(-1), title: row.section }, row.program, h('div', { class: 'dim' }, row.file)),
      ...row.cells.map((cell, k) =>
        h(
          'td',
          { ...at(k), class: `cell ${cell.kind}`, 'aria-label': cellLabel(row, page.columns[k]!, cell), title: cell.reason },
          sign(cell.kind),
          h('span', { class: cell.kind === 'loads' ? 'number' : 'word' }, cellText(cell)),
          share(cell),
        ),
      ),
      h(
        'td',
        { ...at(row.cells.length), class: 'first' },
        row.first === '' ? h('div', { class: 'dim' }, 'same') : h('div', { title: row.first }, row.first),
        row.instead !== '' && h('div', { class: 'dim', title: row.instead }, `instead: ${row.instead}`),
      ),
    );
  }

  private get rowAt(): LoadsOnRow | undefined {
    return this.page?.rows[this.row];
  }

  private choose(row: number, column: number): void {
    this.row = row;
    this.column = column;
    this.draw();
    this.focus();
  }

  private focus(): void {
    this.element.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  /** Opens the place of the chosen cell. */
  private go(): void {
    const { column } = this;
    this.post({ type: 'place', row: this.row, column: column >= (this.page?.columns.length ?? 0) ? -1 : column });
  }

  /** Both kernels on one graph: that of the cell, or the older one of the difference, and the one that the editor verifies as. */
  private compare(): void {
    const { page, rowAt } = this;
    if (page === null || rowAt === undefined) return;
    const column = this.compared(page, rowAt);
    if (column < 0) this.say('This cell is of the kernel that the graph is of: choose another to compare it with');
    else this.post({ type: 'compare', row: this.row, column });
  }

  private compared(page: LoadsOnPage, row: LoadsOnRow): number {
    const asked = this.column >= 0 && this.column < page.columns.length ? this.column : row.cells.findIndex((c) => c.kind !== 'loads');
    return page.columns[asked]?.own === false ? asked : -1;
  }

  private drawDetail(): void {
    const { page, rowAt: row } = this;
    this.detail.hidden = page === null || row === undefined || this.visible.length === 0;
    if (page === null || row === undefined || this.detail.hidden) return;
    const column = page.columns[this.column];
    const cell = row.cells[this.column];
    const lack = cell === undefined ? '' : lackWords(row, page.columns, cell);
    const own = page.columns.find((c) => c.own);
    const with_ = this.compared(page, row);
    const place = cell === undefined || cell.kind === 'loads' ? row.place : (cell.source ?? row.place);
    this.detail.replaceChildren(
      h('h2', {}, column === undefined ? row.program : `${row.program} on ${column.series}`),
      ...(column === undefined || cell === undefined ? [] : [h('p', {}, sign(cell.kind), ` ${cellLabel(row, column, cell)}`)]),
      ...(lack === '' ? [] : [h('p', {}, `${column!.series}: ${lack}`)]),
      ...(row.first === '' ? [h('p', { class: 'dim' }, 'The same on all kernels.')] : [h('p', {}, `First difference: ${row.first}`)]),
      ...(row.instead === '' || lack.endsWith(row.instead) ? [] : [h('p', {}, `Instead: ${row.instead}`)]),
      h(
        'p',
        { class: 'bar' },
        place !== null && h('button', { onclick: () => this.go() }, `Go to line ${place.line}`),
        with_ >= 0 &&
          own !== undefined &&
          h('button', { onclick: () => this.compare() }, `Compare ${page.columns[with_]!.series} with ${own.series} on one graph`),
      ),
    );
  }

  private key(event: KeyboardEvent): void {
    const { page } = this;
    if (page === null || event.altKey || event.metaKey || (event.target as HTMLElement).closest('thead') !== null) return;
    const at = this.visible.indexOf(this.row);
    const last = page.columns.length;
    const move = (row: number, column: number): void => {
      const to = this.visible[Math.max(0, Math.min(this.visible.length - 1, row))];
      if (to !== undefined) this.choose(to, Math.max(-1, Math.min(last, column)));
    };
    const next = (): void => {
      const found = [...this.visible.slice(at + 1), ...this.visible.slice(0, at + 1)].find((i) => page.rows[i]!.rank < 4);
      if (found !== undefined) this.choose(found, last);
    };
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => move(at + 1, this.column),
      ArrowUp: () => move(at - 1, this.column),
      ArrowRight: () => move(at, this.column + 1),
      ArrowLeft: () => move(at, this.column - 1),
      Home: () => move(event.ctrlKey ? 0 : at, -1),
      End: () => move(event.ctrlKey ? this.visible.length - 1 : at, last),
      Enter: () => (event.ctrlKey ? this.compare() : this.go()),
      n: next,
      N: next,
      c: () => this.compare(),
      C: () => this.compare(),
      '/': () => this.head.find(),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
}
