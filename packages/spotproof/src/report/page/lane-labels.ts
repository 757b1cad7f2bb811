/** A word beside an instant on a lane. */
export interface LaneLabel {
  /** Where its instant is, as a fraction of the width. */
  readonly fraction: number;
  readonly text: string;
}

export interface PlacedLabel extends LaneLabel {
  /** Counted from the lane upwards. */
  readonly row: number;
  /** `end`: the text stands to the left of its instant. */
  readonly anchor: 'start' | 'end';
}

/** Stacks labels so that none covers another at the picture's full width; narrower screens do not show them. */
export function placeLabels(labels: readonly LaneLabel[]): readonly PlacedLabel[] {
  const placed: (PlacedLabel & { readonly from: number; readonly to: number })[] = [];
  // From the right, so that leaders of earlier instants rise to the left of the later words instead of through them.
  for (const label of labels.toReversed()) {
    const width = widthOf(label.text);
    const anchor = label.fraction + width > 1 ? 'end' : 'start';
    const from = anchor === 'start' ? label.fraction : label.fraction - width;
    const to = from + width;
    let row = 0;
    while (placed.some((other) => other.row === row && from < other.to && other.from < to)) row += 1;
    placed.push({ ...label, row, anchor, from, to });
  }
  return placed.toReversed().map(({ fraction, text, row, anchor }) => ({ fraction, text, row, anchor }));
}

/** About how much of a lane's width a text takes. */
export function widthOf(text: string): number {
  return (text.length * CHARACTER_PX + GAP_PX) / FULL_WIDTH_PX;
}

/** The plot's width on a screen of 1024 px or so, and a generous guess of what a character takes. */
export const FULL_WIDTH_PX = 800;
export const CHARACTER_PX = 6.3;
export const GAP_PX = 12;
