import { treeOf } from '../tasks/process-tree.ts';

/** Stops a process and everything below it: no code of it runs until it is continued, while the kernel goes on accepting connections for it. */
export function stopTree(pid: number): void {
  // A process may have forked between the look and the signal; what is stopped forks no more, so this comes to rest.
  const stopped = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const running = treeOf(pid).filter((one) => !stopped.has(one));
    if (running.length === 0) return;
    for (const one of running) {
      send(one, 'SIGSTOP');
      stopped.add(one);
    }
  }
}

export function continueTree(pid: number): void {
  for (const one of treeOf(pid)) send(one, 'SIGCONT');
}

function send(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

const MAX_ROUNDS = 20;
