// SPDX-License-Identifier: GPL-2.0-only
/** What stands in the panel while there is no picture: loading, empty, unreadable. A picture that is there stays. */
import type { PanelState } from '../../src/protocol/messages';
import { h } from '../page/dom';
import { Loading, type LoadingStage } from './loading';
import { emptyPage, errorPage, noPicturePage } from './pages';
import { post } from '../page/vscode-api';

/** The picture of loading appears only for what takes longer. */
const AFTER_MS = 300;

export class Waiting {
  readonly element = h('div', { class: 'page', hidden: true });
  private loading: Loading | null = null;
  private timer: number | null = null;

  /** `body` is what the page takes the place of. */
  constructor(private readonly body: HTMLElement) {}

  /** Shows what a state asks for; `picture` says whether one is drawn. */
  show(state: PanelState, picture: boolean): void {
    const { busy, error, programs, program } = state;
    if (busy === null || picture) this.stop();
    if (picture) {
      this.hide();
      return;
    }
    if (busy !== null) {
      this.start(busy.stage, busy.progress);
      return;
    }
    this.body.hidden = true;
    this.element.hidden = false;
    if (error !== null) this.element.replaceChildren(errorPage(error, post));
    else if (programs.length === 0) this.element.replaceChildren(emptyPage(post));
    else {
      const shown = programs.find((p) => p.program === program);
      if (shown !== undefined) this.element.replaceChildren(noPicturePage(shown, post));
    }
  }

  /** Before the host said anything. */
  atOnce(stage: LoadingStage): void {
    this.loading = new Loading(post);
    this.loading.update(stage, -1);
    this.open();
  }

  hide(): void {
    this.stop();
    this.element.hidden = true;
    this.body.hidden = false;
  }

  /** Progress comes more often than the pause lasts, so the pause must not start anew with each. */
  private start(stage: LoadingStage, progress: number): void {
    this.loading ??= new Loading(post);
    this.loading.update(stage, progress);
    if (!this.element.hidden && this.element.contains(this.loading.element)) return;
    this.timer ??= window.setTimeout(() => {
      this.timer = null;
      if (this.loading !== null) this.open();
    }, AFTER_MS);
  }

  private open(): void {
    this.body.hidden = true;
    this.element.hidden = false;
    this.element.replaceChildren(this.loading!.element);
  }

  private stop(): void {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
    this.loading = null;
  }
}
