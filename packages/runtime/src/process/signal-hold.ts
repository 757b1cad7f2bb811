/* oxlint-disable typescript/no-unsafe-type-assertion -- Node's types give `process.emit` dozens of overloads and signal listeners no common type. */
import type { EventEmitter } from 'node:events';
import { callerLocation } from './caller.ts';
import type { HandledSignal } from './door.ts';

export interface HeldListener {
  readonly name: string;
  /** Where it was registered, if that was seen. */
  readonly at: string | undefined;
  run(): void;
}

/** Notes from now on where listeners for signals are registered. Changes nothing else. */
export function watchRegistrations(): void {
  process.on('newListener', (event: string | symbol, listener: object) => {
    if (isHandled(event) && !registeredAt.has(listener)) registeredAt.set(listener, callerLocation());
  });
}

/**
 * Stands between the signals and everybody else's listeners. Two steps are needed: Node binds `process.emit` at the moment when the first listener
 * of a signal is added, so replacing it is not enough when somebody was earlier; those are taken off and added again.
 *
 * @param taken Is told of each signal; false lets the listeners have it after all.
 */
export function interceptSignals(taken: (signal: HandledSignal) => boolean): void {
  const emit = process.emit.bind(process) as (event: string | symbol, ...args: unknown[]) => boolean;
  const intercepting = (event: string | symbol, ...args: unknown[]): boolean => {
    if (isHandled(event) && taken(event)) return true;
    return emit(event, ...args);
  };
  process.emit = intercepting as typeof process.emit;
  for (const signal of SIGNALS) {
    const earlier = process.rawListeners(signal) as SignalListener[];
    for (const listener of earlier) process.removeListener(signal, listener);
    process.on(signal, keepCaught);
    for (const listener of earlier) process.on(signal, listener);
  }
  // `removeAllListeners` would give the signal back to the kernel, which kills. Node's own listener for this event does it when none is left, so
  // ours must come first.
  (process as EventEmitter).prependListener('removeListener', (event: string | symbol, listener: unknown) => {
    if (isHandled(event) && listener === keepCaught) process.on(event, keepCaught);
  });
}

/** The listeners of others for this signal, in order of registration. */
export function foreignListeners(signal: HandledSignal): readonly HeldListener[] {
  // `rawListeners` has the wrappers that make `once` work.
  return (process.rawListeners(signal) as SignalListener[])
    .filter((listener) => listener !== keepCaught)
    .map((listener) => {
      const original = listener.listener ?? listener;
      return { name: original.name, at: registeredAt.get(original), run: () => listener.call(process, signal, NUMBERS[signal]) };
    });
}

function isHandled(event: string | symbol): event is HandledSignal {
  return event === 'SIGTERM' || event === 'SIGINT';
}

/** Does nothing; while it is there, Node catches the signal and calls `process.emit`. */
function keepCaught(): void {}

interface SignalListener {
  (signal: NodeJS.Signals, number: number): void;
  readonly listener?: SignalListener;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const;
const registeredAt = new WeakMap<object, string | undefined>();
