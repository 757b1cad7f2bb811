/** Epoch milliseconds with fractions. Never goes back within a process, and is comparable between the processes of one machine. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
