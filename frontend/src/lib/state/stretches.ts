import type { Id } from '../api';

/** How many folded messages in a row are shown before they are summed up. */
const foldedShown = 3;

/** The most messages that one press brings out of a stretch. */
export const broughtAtOnce = 50;

/** A message that is shown, or a stretch of messages that one row stands for. */
export type Card<M> =
  | { key: Id; message: M }
  | { key: Id; stretch: Id[]; /** Before everything that is unfolded. */ earlier: boolean };

/**
 * Sums up long stretches of folded messages, but for the first and the last of
 * each: what is built for a thread depends on what is unfolded, not on its length.
 */
export function cardsOf<M extends { id: Id }>(
  messages: readonly M[],
  unfolded: { has(id: Id): boolean },
  brought: { has(id: Id): boolean },
): Card<M>[] {
  const cards: Card<M>[] = [];
  let run: M[] = [];
  let earlier = true;
  const show = (message: M) => cards.push({ key: message.id, message });
  const end = () => {
    const hidden = run.length > foldedShown ? run.slice(1, -1).map((m) => m.id) : [];
    const [first] = run;
    if (hidden.length === 0 || !first) run.forEach(show);
    else {
      show(first);
      cards.push({ key: `stretch-${first.id}`, stretch: hidden, earlier });
      run.slice(-1).forEach(show);
    }
    run = [];
  };
  for (const message of messages) {
    if (unfolded.has(message.id) || brought.has(message.id)) {
      end();
      show(message);
      earlier &&= !unfolded.has(message.id);
    } else run.push(message);
  }
  end();
  return cards;
}

/** What a press brings out: what lies next to the messages being read. */
export function nextOf(stretch: readonly Id[], earlier: boolean): Id[] {
  return earlier ? stretch.slice(-broughtAtOnce) : stretch.slice(0, broughtAtOnce);
}
