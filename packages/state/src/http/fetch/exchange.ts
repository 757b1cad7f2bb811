import { digestOf } from '../../payload/index.ts';
import type { Answer } from '../answer.ts';
import type { HttpGuard } from '../guard.ts';
import type { GuardedRun } from '../guarded-run.ts';
import { readUpTo, rejoined } from './read-up-to.ts';

export type BegunFetch =
  | { readonly kind: 'pass' }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** `request` is the same with its body unread. */
  | { readonly kind: 'run'; readonly run: GuardedRun; readonly request: Request };

/** @param whose What `scope` is asked about. */
export async function beginFetch<Whose>(guard: HttpGuard<Whose>, whose: Whose, request: Request): Promise<BegunFetch> {
  const sentKey = request.headers.get('idempotency-key');
  const admission = guard.admit(whose, request.method, sentKey === null ? [] : [sentKey]);
  if (admission.kind !== 'key') return admission;
  const { maxBodyBytes } = guard.settings;
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) return { kind: 'answer', answer: guard.bodyTooLarge };
  const read = await readUpTo(request.body, maxBodyBytes);
  if (!read.isWhole) {
    await read.rest.cancel();
    return { kind: 'answer', answer: guard.bodyTooLarge };
  }
  const { pathname, search } = new URL(request.url);
  const parts = { key: admission.key, method: request.method, route: pathname, target: `${pathname}${search}`, bodyDigest: digestOf(read.bytes) };
  const verdict = await guard.begin(whose, parts);
  if (verdict.kind === 'answer') return verdict;
  const { method, headers, signal } = request;
  const body = read.bytes.byteLength === 0 ? {} : { body: read.bytes };
  return { kind: 'run', run: verdict.run, request: new Request(request.url, { method, headers, signal, ...body }) };
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
