/**
 * To another process, or with a negative number to a process group; 0 only asks whether somebody is there.
 *
 * @returns False when nobody is.
 */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
