/** A seeded source of chance. Two sources made from the same seed and stream name draw the same numbers on every platform. */
export interface Random {
  /** A fraction, 0 included, 1 not. */
  fraction(): number;
  /** A whole number, both ends included. */
  integer(min: number, max: number): number;
  /** An exponentially distributed waiting time with this mean: the gaps of Poisson arrivals. */
  exponential(mean: number): number;
  /** One of the items; the list must not be empty. */
  pick<Item>(items: readonly Item[]): Item;
}

/**
 * xoshiro128** (Blackman and Vigna), seeded through splitmix32. One stream per concern, so that drawing one more number for the
 * load does not change which task is interrupted.
 */
export function createRandom(seed: number, stream: string): Random {
  const next = xoshiro128(seed, stream);
  const fraction = (): number => (next() * 0x200000 + (next() >>> 11)) / 0x20000000000000;
  const integer = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1));
  return {
    fraction,
    integer,
    exponential: (mean) => -Math.log(1 - fraction()) * mean,
    pick: (items) => {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('pick needs at least one item, got an empty list.');
      return item;
    },
  };
}

function xoshiro128(seed: number, stream: string): () => number {
  let mix = hash(stream) ^ (seed >>> 0) ^ Math.imul(Math.floor(seed / 0x100000000) | 0, 0x9e3779b1);
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}
