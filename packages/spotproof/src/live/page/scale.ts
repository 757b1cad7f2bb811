/** The time axis of the live picture: it ends at a round time ahead of now, so that it stands still most of the time. */
export interface LiveScale {
  readonly originAt: number;
  readonly nowMs: number;
  readonly endMs: number;
  /** Where an instant is, as a fraction of the width; what lies outside is moved to the edge. */
  readonly fraction: (at: number) => number;
  readonly place: (at: number) => string;
  readonly length: (from: number, to: number) => string;
}

/** Round ends of the axis, in milliseconds; each is divided into five. */
export const AXIS_ENDS_MS = [
  10_000, 20_000, 30_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 600_000, 900_000, 1_500_000, 3_000_000, 7_500_000,
] as const;

export function liveScale(originAt: number, now: number): LiveScale {
  const nowMs = Math.max(0, now - originAt);
  const endMs = AXIS_ENDS_MS.find((end) => end >= nowMs) ?? Math.ceil(nowMs / 3_600_000) * 3_600_000;
  const fraction = (at: number): number => Math.min(1, Math.max(0, (at - originAt) / endMs));
  const percent = (value: number): string => `${Number((value * 100).toFixed(2))}%`;
  return {
    originAt,
    nowMs,
    endMs,
    fraction,
    place: (at) => percent(fraction(at)),
    length: (from, to) => percent(Math.max(0, fraction(to) - fraction(from))),
  };
}
