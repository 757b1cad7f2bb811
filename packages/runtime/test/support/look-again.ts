export interface Expected<Fact> {
  /** The fact, once there is one. */
  readonly find: () => Fact | undefined;
  /** For the message when it never comes. */
  readonly what: string;
  /** Nothing more can happen. */
  readonly isOver: () => boolean;
  readonly transcript: () => string;
  readonly withinMs: number;
}

/** Waits for facts about something that only changes with an event. */
export class LookAgain {
  readonly #waiting = new Set<() => void>();

  /** Something happened: whoever waits looks again. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  async until<Fact>({ find, what, isOver, transcript, withinMs }: Expected<Fact>): Promise<Fact> {
    return await new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        act();
      };
      const look = (): void => {
        const fact = find();
        if (fact !== undefined) settle(() => resolve(fact));
        else if (isOver()) settle(() => reject(new Error(`ended without ${what}\n${transcript()}`)));
      };
      const timer = setTimeout(() => settle(() => reject(new Error(`no ${what} within ${withinMs} ms\n${transcript()}`))), withinMs);
      this.#waiting.add(look);
      look();
    });
  }
}
