import { SpotproofError } from '@spotproof/core';
import { digestOf } from '../../payload/index.ts';
import type { Answer } from '../answer.ts';
import type { HttpGuard } from '../guard.ts';
import type { GuardedRun } from '../guarded-run.ts';
import { readUpTo, rejoined } from './read-up-to.ts';

export type BegunFetch =
  | { readonly kind: 'pass' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'run'; readonly run: GuardedRun };

/**
 * The request stays as it is, and its body unread.
 *
 * @param whose What `scope` is asked about.
 * @param readBefore What somebody has made of a body that is read already; undefined where that cannot be told.
 */
export async function beginFetch<Whose>(
  guard: HttpGuard<Whose>,
  whose: Whose,
  request: Request,
  readBefore?: () => Promise<string> | undefined,
): Promise<BegunFetch> {
  const sentKey = request.headers.get('idempotency-key');
  const admission = guard.admit(whose, request.method, sentKey === null ? [] : [sentKey]);
  if (admission.kind !== 'key') return admission;
  const bodyDigest = request.bodyUsed ? await digestReadBefore(readBefore) : await digestUpTo(request, guard.settings.maxBodyBytes);
  if (bodyDigest === undefined) return { kind: 'answer', answer: guard.bodyTooLarge };
  const { pathname, search } = new URL(request.url);
  return await guard.begin(whose, { key: admission.key, method: request.method, route: pathname, target: `${pathname}${search}`, bodyDigest });
}

/** Undefined if it is too large. */
async function digestUpTo(request: Request, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined;
  // A copy is read: whoever knows this request, knows it still.
  const read = await readUpTo(request.body === null ? null : request.clone().body, maxBytes);
  if (read.isWhole) return digestOf(read.bytes);
  await Promise.all([read.rest.cancel(), request.body?.cancel()]);
  return undefined;
}

async function digestReadBefore(readBefore: (() => Promise<string> | undefined) | undefined): Promise<string> {
  const body = await readBefore?.();
  if (body !== undefined) return digestOf(body);
  throw new SpotproofError(
    'SPOTPROOF_MISUSE',
    'The body was read before its idempotency key was asked for, so that nothing tells it from another one under the same key. Put what reads it behind.',
  );
}

/** Records the response, and only then hands it on. */
export async function finishFetch(run: GuardedRun, response: Response, maxBodyBytes: number): Promise<Response> {
  const { status, statusText } = response;
  if (status < 200) {
    // An upgrade, or a network error that the handler hands on: no response that could be made again.
    await run.fail(new Error(`The handler answered ${status}.`));
    return response;
  }
  const head = { status, headers: [...response.headers] };
  const again = (body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null): Response =>
    new Response(body, { status, statusText, headers: response.headers });
  if (head.headers.some(([name, value]) => name === 'content-type' && value.startsWith('text/event-stream'))) {
    const instead = await run.finishWithoutBody(head);
    if (instead === undefined) return response;
    await response.body?.cancel();
    return toResponse(instead);
  }
  const read = await readUpTo(response.body, maxBodyBytes);
  if (!read.isWhole) {
    const instead = await run.finishWithoutBody(head);
    if (instead === undefined) return again(rejoined(read));
    await read.rest.cancel();
    return toResponse(instead);
  }
  const instead = await run.finish({ ...head, body: read.bytes });
  return instead === undefined ? again(response.body === null ? null : read.bytes) : toResponse(instead);
}

export function toResponse({ status, headers, body }: Answer): Response {
  const list = headers.map(([name, value]): [string, string] => [name, value]);
  return new Response(NO_BODY.has(status) ? null : new Uint8Array(body), { status, headers: list });
}

/** The Fetch standard allows these none. */
const NO_BODY = new Set([101, 103, 204, 205, 304]);
