/** A request to the sink, as it is meant; `wrong` is what to tell whoever sent it. */
export type SinkRequest =
  | { readonly kind: 'figures' }
  | { readonly kind: 'expected'; readonly task: string | undefined; readonly works: readonly string[] }
  | { readonly kind: 'effect'; readonly task: string | undefined; readonly work: string; readonly key: string | undefined }
  | { readonly kind: 'wrong'; readonly status: 400 | 404; readonly sentence: string };

/** What is asked for, by method and path alone: before there is a body. */
export interface Address {
  readonly door: 'figures' | 'expected' | 'effects';
  /** The first part of the path, which each task is given as its own. */
  readonly task: string | undefined;
}

/** Undefined for anything else. */
export function parseAddress(method: string, path: string): Address | undefined {
  const [beforeQuery = ''] = path.split('?', 1);
  const parts = beforeQuery.split('/').filter((part) => part !== '');
  const last = parts.at(-1);
  const door = method === 'POST' && (last === 'expected' || last === 'effects') ? last : method === 'GET' ? 'figures' : undefined;
  if (door === undefined || parts.length > (door === 'figures' ? 1 : 2)) return undefined;
  const task = door === 'figures' ? last : parts.length === 2 ? parts[0] : undefined;
  return { door, task: task === undefined ? undefined : task.slice(0, LONGEST_NAME) };
}

/** @param keys Every `Idempotency-Key` of the request. */
export function parseRequest({ door, task }: Address, body: string, keys: readonly string[]): SinkRequest {
  if (door === 'figures') return { kind: 'figures' };
  const work = workOf(body);
  if (door === 'expected') {
    const works = typeof work === 'string' ? [work] : work;
    if (!Array.isArray(works) || works.length === 0 || works.length > MOST_NAMES || !works.every(isName)) return wrong(EXPECTED_BODY);
    return { kind: 'expected', task, works };
  }
  if (!isName(work)) return wrong(EFFECT_BODY);
  const [key, ...more] = keys;
  if (more.length > 0 || (key !== undefined && (key.trim() === '' || key.length > LONGEST_KEY)))
    return wrong(`one Idempotency-Key of 1 to ${LONGEST_KEY} characters, or none`);
  return { kind: 'effect', task, work, key };
}

function workOf(body: string): unknown {
  try {
    const document: unknown = JSON.parse(body);
    return typeof document === 'object' && document !== null && 'work' in document ? document.work : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}

function wrong(expected: string): SinkRequest {
  return { kind: 'wrong', status: 400, sentence: `Expected ${expected}. Nothing was recorded.` };
}

const LONGEST_NAME = 200;
const LONGEST_KEY = 255;
const MOST_NAMES = 10_000;
const EXPECTED_BODY = `JSON such as { "work": ["order-1", "order-2"] }: 1 to ${MOST_NAMES} names of 1 to ${LONGEST_NAME} characters`;
const EFFECT_BODY = `JSON such as { "work": "order-1" }: a name of 1 to ${LONGEST_NAME} characters`;
