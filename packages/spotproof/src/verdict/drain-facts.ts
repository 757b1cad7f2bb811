import { seconds } from './words.ts';

/** What a lab report tells of a `DrainReport`. The report was made by another version of the runtime, perhaps, so nothing in it is taken for granted. */
export interface DrainFacts {
  /** One phrase: how it went, why it left, what it served. */
  readonly summary: string;
  readonly warnings: readonly string[];
}

/** Reads the `DrainReport` of a task; undefined when there is none. */
export function drainFacts(report: unknown): DrainFacts | undefined {
  if (!isObject(report)) return undefined;
  const { outcome, leaveReason, budgetMs, requestsAfterStart, lostCount, held, warnings } = report;
  const parts = [
    typeof outcome === 'string' ? outcome : undefined,
    typeof leaveReason === 'string' ? `stopped waiting: ${leaveReason}` : undefined,
    typeof requestsAfterStart === 'number' ? `${requestsAfterStart} requests after SIGTERM` : undefined,
    typeof lostCount === 'number' && lostCount > 0 ? `${lostCount} lost` : undefined,
    typeof budgetMs === 'number' ? `reckoned with ${seconds(budgetMs)}` : undefined,
    ...(Array.isArray(held) ? held.map(describeHeld) : []),
  ];
  return {
    summary: parts.filter((part) => part !== undefined).join(' · '),
    warnings: Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [],
  };
}

function describeHeld(item: unknown): string | undefined {
  if (!isObject(item) || typeof item['what'] !== 'string') return undefined;
  const where = typeof item['at'] === 'string' ? ` at ${item['at']}` : '';
  return `held back a ${item['what']}${where}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
