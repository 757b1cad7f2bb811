import { isSpotproofError } from '@spotproof/core';
import { createWorld, nextWakeAt, step, type World, type WorldConfig, type WorldEffect, type WorldInput } from '@spotproof/world';
import { epochNow } from '../../epoch.ts';
import { CloudFault } from '../wire/fault.ts';

/** Does what a world asks for. @param at The world's own time of it. */
export type ApplyEffect = (effect: WorldEffect, at: number) => void;

/** The world of one cluster on the real clock. */
export class ClusterWorld {
  readonly #apply: ApplyEffect;
  #world: World;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(config: WorldConfig, apply: ApplyEffect) {
    this.#world = createWorld(config);
    this.#apply = apply;
  }

  /** To be read at once: the next input spends it. */
  get state(): World {
    return this.#world;
  }

  /** @param beforeEffects Sees the effects before they are acted on. */
  give(input: WorldInput, beforeEffects: (effects: readonly WorldEffect[]) => void = () => {}): readonly WorldEffect[] {
    if (this.#isClosed) return [];
    const at = epochNow();
    const { world, effects } = step(this.#world, input, at);
    this.#world = world;
    beforeEffects(effects);
    for (const effect of effects) this.#apply(effect, at);
    this.#armTimer();
    return effects;
  }

  /** @throws {CloudFault} with the code and the sentence of AWS when the world refuses the call. */
  call(input: WorldInput, beforeEffects?: (effects: readonly WorldEffect[]) => void): readonly WorldEffect[] {
    const effects = this.#accepted(input, beforeEffects);
    const refusal = effects.find((effect) => effect.type === 'rejected');
    if (refusal !== undefined) throw new CloudFault(refusal.code, refusal.message);
    return effects;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #accepted(input: WorldInput, beforeEffects?: (effects: readonly WorldEffect[]) => void): readonly WorldEffect[] {
    try {
      return this.give(input, beforeEffects);
    } catch (error) {
      if (isSpotproofError(error) && error.code === 'SPOTPROOF_CONFIG_INVALID') throw new CloudFault('InvalidParameterException', error.message);
      throw error;
    }
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    const wakeAt = nextWakeAt(this.#world);
    if (wakeAt === undefined) return;
    const delayMs = Math.max(1, Math.ceil(wakeAt - epochNow()));
    this.#timer = setTimeout(() => this.give({ type: 'tick' }), Math.min(delayMs, LONGEST_DELAY_MS));
  }
}

/** The longest that `setTimeout` takes without falling back to 1 ms. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
