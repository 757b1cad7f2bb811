import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves as soon as the fact holds; fails by its name when it does not within the bound. */
export async function waitUntil(fact: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain until ${fact}.`);
    await sleep(2);
  }
}
