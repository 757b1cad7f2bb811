/** `1 request`, `5,812 requests`. */
export function count(value: number, noun: string): string {
  return `${thousands(value)} ${value === 1 ? noun : `${noun}s`}`;
}

/** A whole number with commas, the same on every machine. */
export function thousands(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `40 ms`, `0.2 s`, `30 s`, from milliseconds. */
export function seconds(ms: number): string {
  if (Math.abs(ms) >= 0.5 && Math.abs(ms) < 95) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} s`;
}

/** `0.4 ms`, `12 ms`, `1,240 ms`. */
export function milliseconds(ms: number): string {
  return ms < 10 ? `${Number(ms.toFixed(1))} ms` : `${thousands(ms)} ms`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** `node b`, `nodes a and b`; names that begin with "node" stand alone. */
export function nodes(names: readonly string[]): string {
  if (names.every((name) => name.startsWith('node'))) return list(names);
  return `${names.length === 1 ? 'node' : 'nodes'} ${list(names)}`;
}
