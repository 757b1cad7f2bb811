import type { Configuration } from './configuration.ts';

/** What a person should change: each sentence once, said to the logger now and kept for the report. */
export class Warnings {
  readonly #configuration: Configuration;
  readonly #all: string[] = [];

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  get all(): readonly string[] {
    return [...this.#all];
  }

  add(sentence: string): void {
    if (this.#all.includes(sentence)) return;
    this.#all.push(sentence);
    this.#configuration.settings.logger.warn({}, sentence);
  }

  /** @param what A sentence without its full stop, which the error's message completes. */
  addFailure(what: string, error: unknown): void {
    this.add(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
