/** Waits until the fact holds, and names it when it never does. */
export async function waitFor(fact: string, holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    if (await holds()) return;
    if (performance.now() > until) throw new Error(`waited ${withinMs} ms in vain for: ${fact}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
