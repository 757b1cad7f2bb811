/**
 * Makes calls share runs: while one runs, all that come wait for the same next one. Each caller is answered by a run that began after it called.
 */
export function coalesce<Value>(run: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<unknown> | undefined;
  let next: Promise<Value> | undefined;
  return () => {
    next ??= runAfter(running);
    return next;
  };

  async function runAfter(earlier: Promise<unknown> | undefined): Promise<Value> {
    // Its failure is for those who waited for it.
    await earlier?.catch(() => undefined);
    running = next;
    next = undefined;
    return run();
  }
}
