/** Runs `callback` before anything else that is waiting, promises included: as if what is running now had gone on with it. */
export function afterThis(callback: () => void): void {
  process.nextTick(callback);
}
