import { readFileSync } from 'node:fs';

/** What was seen of the first process of a task when signals went to it. */
export class SignalWitness {
  /** Its name when SIGTERM came first. */
  firstProcess: string | undefined;
  /** Whether it had a handler for SIGTERM when SIGKILL was about to come. */
  handlesSigterm: boolean | undefined;
  wasKilled = false;

  /** Call before the signal is sent. */
  look(signal: 'SIGTERM' | 'SIGKILL', pid: number | undefined): void {
    if (signal === 'SIGKILL') this.wasKilled = true;
    if (pid === undefined) return;
    if (signal === 'SIGTERM') this.firstProcess ??= processName(pid);
    else this.handlesSigterm ??= handlesSigterm(pid);
  }
}

/**
 * Whether a process has a handler for SIGTERM; undefined where the system does not tell (anything but Linux). `true` is certain once SIGTERM has come: until then
 * Node has one of its own, which goes when it is used. `false` is not: a handler for one time goes, too, and a process may take signals without any.
 */
function handlesSigterm(pid: number): boolean | undefined {
  try {
    return readsSigtermHandling(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // Gone, or no such file here.
    return undefined;
  }
}

/** The same from the text of `/proc/<pid>/status`: a mask in hex, the lowest bit for signal 1. What is blocked is no sign: everybody blocks all while forking. */
export function readsSigtermHandling(status: string): boolean | undefined {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return mask === undefined ? undefined : (BigInt(`0x${mask}`) & SIGTERM_BIT) !== 0n;
}

/** As the system knows it, 15 characters at most; undefined where it does not tell. */
function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

const SIGTERM_BIT = 1n << 14n;
