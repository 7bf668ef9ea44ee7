/**
 * Tells the answer to the latest question from those that it overtook: calls
 * cross to Go side by side, and a late answer must not undo a newer one.
 */
export class Latest {
  #asked = 0;

  /** Asks; the answer is undefined when somebody asked again meanwhile. */
  async ask<R>(question: () => Promise<R>): Promise<R | undefined> {
    const mine = ++this.#asked;
    const answer = await question();
    return mine === this.#asked ? answer : undefined;
  }
}
