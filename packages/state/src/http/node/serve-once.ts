import type { IncomingMessage, ServerResponse } from 'node:http';
import { digestOf, fingerprintOf } from '../../payload/index.ts';
import { claimOf, setClaim } from '../claim-of.ts';
import type { HttpGuard } from '../guard.ts';
import type { GuardedRun } from '../guarded-run.ts';
import { HeldResponse, sendAnswer } from './held-response.ts';
import { readBody } from './read-body.ts';
import { sentKeys } from './sent-keys.ts';

/** What Express adds to a request, where it is Express. */
export interface NodeRequest extends IncomingMessage {
  readonly originalUrl?: string;
  readonly baseUrl?: string;
  readonly route?: { readonly path?: unknown };
  readonly body?: unknown;
}

/** `run`: the handler has the request now. `answered`: it must not. */
export type Served =
  | { readonly kind: 'pass' }
  | { readonly kind: 'answered' }
  | { readonly kind: 'run'; readonly run: GuardedRun; readonly response: HeldResponse };

/** Answers the request, or prepares it and its response for the one run of the handler. */
export async function serveOnce<Request extends NodeRequest>(guard: HttpGuard<Request>, request: Request, response: ServerResponse): Promise<Served> {
  // Mounted twice: the outer one has it.
  if (claimOf(request) !== undefined) return { kind: 'pass' };
  const admission = guard.admit(request, request.method ?? '', sentKeys(request));
  if (admission.kind === 'pass') return admission;
  if (admission.kind === 'answer') return answered(response, admission.answer);
  const body = await bodyDigest(request, guard.settings.maxBodyBytes);
  if (body === 'gone') return { kind: 'answered' };
  if (body === 'too large') {
    // The rest of the body is not waited for.
    response.setHeader('connection', 'close');
    return answered(response, guard.bodyTooLarge);
  }
  const target = request.originalUrl ?? request.url ?? '';
  const verdict = await guard.begin(request, {
    key: admission.key,
    method: request.method ?? '',
    route: routeOf(request, target),
    target,
    bodyDigest: body.digest,
  });
  if (verdict.kind === 'answer') return answered(response, verdict.answer);
  const { run } = verdict;
  setClaim(request, run.claim);
  return { kind: 'run', run, response: holdForRun(guard, run, response) };
}

/** From here on nothing that the handler writes leaves before it is recorded. */
export function holdForRun(
  { settings: { maxBodyBytes, leaseMs } }: { readonly settings: Pick<HttpGuard<never>['settings'], 'maxBodyBytes' | 'leaseMs'> },
  run: GuardedRun,
  response: ServerResponse,
): HeldResponse {
  return new HeldResponse(response, {
    finish: (answer) => run.finish(answer),
    stream: (head) => run.finishWithoutBody(head),
    fail: (error) => void run.fail(error),
    maxBodyBytes,
    graceMs: leaseMs,
  });
}

function answered(response: ServerResponse, answer: Parameters<typeof sendAnswer>[1]): Served {
  sendAnswer(response, answer);
  return { kind: 'answered' };
}

/** A body that a parser has read before is known by what the parser made of it. */
async function bodyDigest(request: NodeRequest, maxBytes: number): Promise<{ readonly digest: string } | 'too large' | 'gone'> {
  if (request.readableEnded) return { digest: `parsed:${fingerprintOf(request.body)}` };
  const read = await readBody(request, maxBytes);
  return read.kind === 'read' ? { digest: digestOf(read.bytes) } : read.kind;
}

function routeOf({ baseUrl = '', route }: NodeRequest, target: string): string {
  if (typeof route?.path === 'string') return `${baseUrl}${route.path}`;
  const [path = ''] = target.split('?', 1);
  return path;
}
