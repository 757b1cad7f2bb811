/** Name and value. A header that is there twice is there twice. */
export type Header = readonly [name: string, value: string];

/** A whole response. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}
