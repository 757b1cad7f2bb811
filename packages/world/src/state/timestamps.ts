import type { Model } from './model.ts';

/** An instant of the world's clock as milliseconds since 1970. */
export function epochOf(model: Model, at: number): number {
  return model.cluster.epochMs + at;
}

/** ISO 8601 with milliseconds, as in the details of events. */
export function isoTime(model: Model, at: number): string {
  const { isoTimes } = model;
  const known = isoTimes.get(at);
  if (known !== undefined) return known;
  const text = new Date(Math.floor(epochOf(model, at))).toISOString();
  // The events of a task name the same few instants again and again, and making the text costs more than all the rest of an event.
  if (isoTimes.size >= KEPT_TIMES) isoTimes.clear();
  isoTimes.set(at, text);
  return text;
}

/** ISO 8601 with whole seconds, as in the envelope of events. */
export function isoSeconds(model: Model, at: number): string {
  return `${isoTime(model, at).slice(0, 19)}Z`;
}

const KEPT_TIMES = 4096;
