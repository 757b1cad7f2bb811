/** How a value becomes bytes and comes back. `decode(encode(value))` must be the value; `encode` throws where it would not be. */
export interface Codec<T> {
  /** @throws SpotproofError `SPOTPROOF_NOT_STORABLE`; any other error is taken as the same. */
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}
