/* oxlint-disable typescript/no-unsafe-type-assertion -- Node's types give `process.emit` dozens of overloads and signal listeners no common type. */
import type { EventEmitter } from 'node:events';
import type { HandledSignal } from './door.ts';
import { isHandled, registrationOf } from './signal-registrations.ts';

export interface HeldListener {
  readonly name: string;
  /** Where it was registered, if that was seen. */
  readonly at: string | undefined;
  run(): void;
}

/**
 * Stands between the signals and everybody else's listeners. Two steps are needed: Node binds `process.emit` at the moment when the first listener
 * of a signal is added, so replacing it is not enough when somebody was earlier; those are taken off and added again.
 *
 * @param taken Is told of each signal; false lets the listeners have it after all. Hidden ones have it in any case.
 * @param options.standsAside A signal that is not taken finds the process as if nothing stood there: without other listeners it is the kernel's.
 */
export function interceptSignals(taken: (signal: HandledSignal) => boolean, options: { readonly standsAside?: boolean } = {}): void {
  const emit = process.emit.bind(process) as (event: string | symbol, ...args: unknown[]) => boolean;
  let isAside = false;
  const aside = (signal: HandledSignal, args: readonly unknown[]): boolean => {
    isAside = true;
    process.removeListener(signal, keepCaught);
    const isHeard = emit(signal, ...args);
    if (!isHeard) process.kill(process.pid, signal);
    isAside = false;
    process.on(signal, keepCaught);
    return isHeard;
  };
  const intercepting = (event: string | symbol, ...args: unknown[]): boolean => {
    if (!isHandled(event)) return emit(event, ...args);
    if (taken(event)) {
      for (const listener of othersFor(event)) if (isHidden(event, listener)) call(listener, event);
      return true;
    }
    return options.standsAside === true ? aside(event, args) : emit(event, ...args);
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
    if (isHandled(event) && listener === keepCaught && !isAside) process.on(event, keepCaught);
  });
}

/** The listeners of others for this signal, in order of registration. */
export function foreignListeners(signal: HandledSignal): readonly HeldListener[] {
  return othersFor(signal)
    .filter((listener) => !isHidden(signal, listener))
    .map((listener) => {
      const original = originalOf(listener);
      return { name: original.name, at: registrationOf(original), run: () => call(listener, signal) };
    });
}

/** With the wrappers that make `once` work. */
function othersFor(signal: HandledSignal): readonly SignalListener[] {
  return (process.rawListeners(signal) as SignalListener[]).filter((listener) => listener !== keepCaught);
}

/**
 * One that `process.listeners` does not show belongs to who started the app, and is never held back. So is the listener by which tsx learns that a signal
 * has arrived: without its answer tsx kills the app within 60 ms.
 */
function isHidden(signal: HandledSignal, listener: SignalListener): boolean {
  return !process.listeners(signal).includes(originalOf(listener) as NodeJS.SignalsListener);
}

function originalOf(listener: SignalListener): SignalListener {
  return listener.listener ?? listener;
}

function call(listener: SignalListener, signal: HandledSignal): void {
  listener.call(process, signal, NUMBERS[signal]);
}

/** Does nothing; while it is there, Node catches the signal and calls `process.emit`. */
function keepCaught(): void {}

interface SignalListener {
  (signal: NodeJS.Signals, number: number): void;
  readonly listener?: SignalListener;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const NUMBERS = { SIGTERM: 15, SIGINT: 2 } as const;
