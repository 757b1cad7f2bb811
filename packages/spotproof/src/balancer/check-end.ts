import type { CheckResult } from '@spotproof/world';

/**
 * The end of one health check, whichever comes first: a result, the timeout, or the signal, which ends it without a result. What is called after it does
 * nothing.
 */
export function checkEnd(
  { signal, timeoutMs, close }: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly close: () => void },
  onResult: (result: CheckResult) => void,
): (result: CheckResult) => void {
  let isOver = false;
  const end = (result: CheckResult | undefined): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    close();
    if (result !== undefined) onResult(result);
  };
  const abort = (): void => end(undefined);
  const timer = setTimeout(() => end('timed-out'), timeoutMs);
  signal.addEventListener('abort', abort);
  return end;
}
