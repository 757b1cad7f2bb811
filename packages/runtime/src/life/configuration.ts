import type { ProcessDoor } from '../process/door.ts';
import { mergeOptions, settings, type ProcessOptions, type Settings } from '../process/settings.ts';

/** What was said about the process, in one call or several, and what follows from it. */
export class Configuration {
  readonly #door: ProcessDoor;
  #explicit: ProcessOptions = {};
  #settings: Settings | undefined;

  constructor(door: ProcessDoor) {
    this.#door = door;
  }

  get settings(): Settings {
    this.#settings ??= settings(this.#explicit, this.#door);
    return this.#settings;
  }

  /**
   * Adds options; those that were given before must not change.
   *
   * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`, or `SPOTPROOF_MISUSE` when two calls disagree.
   */
  add(options: ProcessOptions): void {
    const merged = mergeOptions(this.#explicit, options);
    const next = settings(merged, this.#door);
    this.#explicit = merged;
    this.#settings = next;
  }
}
