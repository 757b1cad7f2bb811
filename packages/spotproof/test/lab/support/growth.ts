import { EventEmitter } from 'node:events';
import { appendFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';

/** What a process holds at one moment: figures that must come back to where they were once the work is done. */
export interface Holding {
  readonly of: string;
  readonly atMs: number;
  /** Open descriptors other than sockets. */
  readonly files: number;
  readonly sockets: number;
  /** After a full collection. */
  readonly heapOctets: number;
  /** Event emitters other than sockets. */
  readonly emitters: number;
  /** Listeners of `process` and of what it is told with. */
  readonly processListeners: number;
}

/** Writes what this process holds into `file`, one line now and one every `everyMs`, until it ends. */
export function recordHoldings({ of, file, everyMs }: { readonly of: string; readonly file: string; readonly everyMs: number }): { stop(): void } {
  const timer = setInterval(() => appendFileSync(file, `${JSON.stringify(holding(of))}\n`), everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function holding(of: string): Holding {
  // Counting them collects first.
  const emitters = queryObjects(EventEmitter, { format: 'count' }) - queryObjects(Socket, { format: 'count' });
  const descriptors = openDescriptors();
  return {
    of,
    atMs: Date.now(),
    files: descriptors.filter((target) => !target.startsWith('socket:')).length,
    sockets: descriptors.filter((target) => target.startsWith('socket:')).length,
    heapOctets: process.memoryUsage().heapUsed,
    emitters,
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

function openDescriptors(): readonly string[] {
  return readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      // The one that the list itself was read with.
      return 'socket: gone';
    }
  });
}

export function readHoldings(file: string): readonly Holding[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Holding);
}

/** How much more of each the process holds at the end than at the beginning of a time, by the medians of its first and its last samples. */
export type Growth = Readonly<Record<Figure, number>>;
export type Figure = Exclude<keyof Holding, 'of' | 'atMs'>;

export function growth(holdings: readonly Holding[]): Growth {
  const share = Math.min(3, Math.floor(holdings.length / 4));
  if (holdings.length < 4) throw new Error(`growth needs at least 4 samples, got ${holdings.length}`);
  const of = (figure: (holding: Holding) => number): number =>
    median(holdings.slice(-share).map(figure)) - median(holdings.slice(0, share).map(figure));
  return {
    files: of(({ files }) => files),
    sockets: of(({ sockets }) => sockets),
    heapOctets: of(({ heapOctets }) => heapOctets),
    emitters: of(({ emitters }) => emitters),
    processListeners: of(({ processListeners }) => processListeners),
  };
}

function median(figures: readonly number[]): number {
  return figures.toSorted((one, other) => one - other)[Math.floor(figures.length / 2)] ?? 0;
}
