import { subscribe } from 'node:diagnostics_channel';
import { HANDED_ON_BY, managersIn } from '../platform/signal-obstacle.ts';

/** Tells everything that this package manager will start that it hands the stop signal on. */
export function announceToScripts(): void {
  process.env[HANDED_ON_BY] = [...managersIn(process.env[HANDED_ON_BY]), process.pid].join(',');
}

/** Calls `begins` before the first child of this process starts; never for those that it waits for without turning its loop. */
export function onFirstChild(begins: () => void): void {
  let isSeen = false;
  subscribe('child_process', () => {
    if (!isSeen) begins();
    isSeen = true;
  });
}
