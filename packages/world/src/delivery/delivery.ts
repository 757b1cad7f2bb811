import { createRandom, type Random } from '../random.ts';
import type { CloudEvent } from '../spec/events.ts';
import { Timers } from '../timers.ts';
import { checkDelivery, type DeliveryOptions } from './options.ts';

/**
 * What lies between ECS and the target of a rule. Amazon ECS sends events at least once and in no promised order (ECS developer guide, "Handling events"); EventBridge
 * retries a target that fails, and an event may come minutes late. Change it with the functions beside it only.
 */
export interface Delivery {
  readonly [STATE]: DeliveryState;
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for a probability or a range that is none. */
export function createDelivery(options: DeliveryOptions): Delivery {
  checkDelivery(options);
  const stream = (name: string): Random => createRandom(options.seed, `delivery/${name}`);
  return {
    [STATE]: {
      options,
      chance: { loss: stream('loss'), copy: stream('copy'), delay: stream('delay'), code: stream('code') },
      onTheWay: new Timers(),
      last: Number.NEGATIVE_INFINITY,
    },
  };
}

/** Hands an event over. It arrives once, more than once or never; {@link takeArrived} gives it out when it does. */
export function sendEvent(delivery: Delivery, event: CloudEvent, now: number): void {
  const state = delivery[STATE];
  const { options, chance } = state;
  // Every event draws the same numbers, whatever becomes of it: another probability leaves the fate of the others as it was.
  const isLost = chance.loss.fraction() < options.lossProbability;
  const isDoubled = chance.copy.fraction() < options.duplicateProbability;
  const delays = [drawDelay(state), drawDelay(state)];
  const asSent = withStopCode(event, state);
  if (isLost) return;
  for (const delayMs of isDoubled ? delays : delays.slice(0, 1)) {
    const at = now + delayMs;
    // Where nothing is reordered, an event waits for those before it.
    const arrivesAt = options.keepsOrder ? Math.max(at, state.last) : at;
    state.last = Math.max(state.last, arrivesAt);
    state.onTheWay.add(arrivesAt, asSent);
  }
}

/** The events that have arrived by `now` and were not taken before, in the order of their arrival. */
export function takeArrived(delivery: Delivery, now: number): readonly CloudEvent[] {
  const { onTheWay } = delivery[STATE];
  const arrived: CloudEvent[] = [];
  for (let next = onTheWay.takeDue(now); next !== undefined; next = onTheWay.takeDue(now)) arrived.push(next.job);
  return arrived;
}

/** When the next event arrives; undefined when none is on its way. */
export function nextArrivalAt(delivery: Delivery): number | undefined {
  return delivery[STATE].onTheWay.nextAt;
}

interface DeliveryState {
  readonly options: DeliveryOptions;
  readonly chance: { readonly loss: Random; readonly copy: Random; readonly delay: Random; readonly code: Random };
  readonly onTheWay: Timers<CloudEvent>;
  /** The latest arrival so far. */
  last: number;
}

function drawDelay({ options, chance }: DeliveryState): number {
  const isLate = chance.delay.fraction() < options.lateProbability;
  const [min, max] = isLate ? options.lateMs : options.delayMs;
  return chance.delay.integer(min, max);
}

/**
 * What the notice calls its cause has changed: nothing in 2021 (containers-roadmap #1565), `TerminationNotice` in the documentation of 2023, `SpotInterruption` today. The
 * sentence in `stoppedReason` has stayed.
 */
function withStopCode(event: CloudEvent, { options, chance }: DeliveryState): CloudEvent {
  const choice = options.stopCode === 'mixed' ? chance.code.pick(STOP_CODES) : options.stopCode;
  if (event['detail-type'] !== 'ECS Task State Change' || event.detail.stopCode !== 'SpotInterruption' || choice === 'SpotInterruption') return event;
  const { stopCode: _, ...detail } = event.detail;
  return { ...event, detail: choice === 'missing' ? detail : { ...detail, stopCode: choice } };
}

const STOP_CODES = ['SpotInterruption', 'TerminationNotice', 'missing'] as const;
const STATE = Symbol('delivery');
