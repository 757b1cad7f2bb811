import { callerLocation } from './caller.ts';
import type { HandledSignal } from './door.ts';

/** Notes from now on where listeners for signals are registered. Changes nothing else. */
export function watchRegistrations(): void {
  process.on('newListener', (event: string | symbol, listener: object) => {
    if (isHandled(event) && !registeredAt.has(listener)) registeredAt.set(listener, callerLocation());
  });
}

/** Where the listener was registered, if that was seen. */
export function registrationOf(listener: object): string | undefined {
  return registeredAt.get(listener);
}

export function isHandled(event: string | symbol): event is HandledSignal {
  return event === 'SIGTERM' || event === 'SIGINT';
}

const registeredAt = new WeakMap<object, string | undefined>();
