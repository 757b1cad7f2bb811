import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TaskProcess } from './task-process.ts';

/** True once the task's port accepts connections by IPv4, as a balancer makes them; false when it ended, or did not listen within `budgetMs`. */
export async function awaitListening(task: TaskProcess, options: { readonly budgetMs: number; readonly signal: AbortSignal }): Promise<boolean> {
  const until = performance.now() + options.budgetMs;
  while (task.end === undefined && !options.signal.aborted) {
    if (await accepts(task.port)) return true;
    if (performance.now() >= until) return false;
    // Aborting ends the wait early, and the loop.
    await Promise.race([delay(POLL_MS, undefined, { signal: options.signal }).catch(() => {}), task.ended]);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.setTimeout(CONNECT_TIMEOUT_MS);
    const answer = (accepted: boolean) => (): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
    socket.once('timeout', answer(false));
  });
}

const POLL_MS = 50;
const CONNECT_TIMEOUT_MS = 1000;
