import { checkRange, invalid, type DelayRange } from '../spec/config.ts';

/** How events are delivered. Times in milliseconds, probabilities from 0 to 1. */
export interface DeliveryOptions {
  readonly seed: number;
  /** From the event to its target, drawn for each copy. */
  readonly delayMs: DelayRange;
  /** The share of copies that take `lateMs` instead. */
  readonly lateProbability: number;
  readonly lateMs: DelayRange;
  /** The share of events that arrive twice. */
  readonly duplicateProbability: number;
  /** The share of events that never arrive. */
  readonly lossProbability: number;
  /** True: events arrive in the order in which they were sent. AWS promises nothing of the kind. */
  readonly keepsOrder: boolean;
  /** What the events of a Spot interruption call their cause; `mixed` draws one for each event. */
  readonly stopCode: 'SpotInterruption' | 'TerminationNotice' | 'missing' | 'mixed';
}

/**
 * - `prompt`: at once, once, in order.
 * - `typical`: 0.3 to 2.3 s, 2 % up to two minutes, 5 % twice, 0.5 % never. AWS publishes no figure; these are our judgement.
 * - `event-late`: 5 to 60 s, so that SIGTERM has always come first, as users saw it in 2025 (containers-roadmap #2673).
 * - `lossy`: as `typical`, but 30 % never arrive.
 * - `silent`: nothing arrives.
 */
export type DeliveryProfile = 'prompt' | 'typical' | 'event-late' | 'lossy' | 'silent';

export function deliveryProfile(profile: DeliveryProfile, seed: number): DeliveryOptions {
  return { ...PROFILES[profile], seed };
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first value out of range. */
export function checkDelivery(options: DeliveryOptions): void {
  checkRange('delayMs', options.delayMs);
  checkRange('lateMs', options.lateMs);
  for (const name of ['lateProbability', 'duplicateProbability', 'lossProbability'] as const) {
    if (!(options[name] >= 0 && options[name] <= 1)) throw invalid(name, 'from 0 to 1', String(options[name]));
  }
}

const PROMPT: Omit<DeliveryOptions, 'seed'> = {
  delayMs: [0, 0],
  lateProbability: 0,
  lateMs: [0, 0],
  duplicateProbability: 0,
  lossProbability: 0,
  keepsOrder: true,
  stopCode: 'SpotInterruption',
};

const TYPICAL: Omit<DeliveryOptions, 'seed'> = {
  ...PROMPT,
  delayMs: [300, 2300],
  lateProbability: 0.02,
  lateMs: [2300, 120_000],
  duplicateProbability: 0.05,
  lossProbability: 0.005,
  keepsOrder: false,
};

const PROFILES: Readonly<Record<DeliveryProfile, Omit<DeliveryOptions, 'seed'>>> = {
  prompt: PROMPT,
  typical: TYPICAL,
  'event-late': { ...TYPICAL, delayMs: [5000, 60_000], lateProbability: 0 },
  lossy: { ...TYPICAL, lossProbability: 0.3 },
  silent: { ...PROMPT, lossProbability: 1 },
};
