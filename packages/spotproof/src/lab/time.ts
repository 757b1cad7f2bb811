/** Epoch milliseconds with fractions that never go back within this process, comparable with those of the lab's other processes. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
