import type { ProblemError } from '../api';
import { explain } from '../i18n/index.svelte';

/** One line at the foot of the window, with at most one action. */
export interface Notice {
  text: string;
  /** A second sentence: what to do. */
  detail?: string;
  kind: 'done' | 'problem';
  action?: NoticeAction;
  /** How long it stays, when not as long as others; in milliseconds. */
  time?: number;
}

/** What a notice offers. */
export interface NoticeAction {
  label: string;
  run: () => void | Promise<void>;
  /** Whether it takes back what the notice tells of, and so is what the undo key does. */
  undoes?: true;
}

/** How long a notice stays, in milliseconds. */
export const noticeTime = 8000;

/** The snackbar: shows the newest notice and forgets it after a while. */
export class Snackbar {
  notice = $state.raw<Notice | undefined>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(notice: Notice): void {
    clearTimeout(this.#timer);
    this.notice = notice;
    this.resume();
  }

  /** Shows what went wrong and what to do. */
  fail(problem: ProblemError): void {
    if (problem.code === 'cancelled') return;
    const { sentence, advice } = explain(problem);
    this.show({ text: sentence, detail: advice, kind: 'problem' });
  }

  /** Keeps the notice while the pointer or the focus is on it. */
  hold(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dismiss(), this.notice?.time ?? noticeTime);
  }

  dismiss(): void {
    clearTimeout(this.#timer);
    this.notice = undefined;
  }

  /** Whether the notice offers to take something back. */
  get canUndo(): boolean {
    return this.notice?.action?.undoes === true;
  }

  /** Runs the notice's action, once. */
  async act(): Promise<void> {
    const action = this.notice?.action;
    this.dismiss();
    await action?.run();
  }
}
