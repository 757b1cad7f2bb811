import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSpotproofError } from '@spotproof/core';
import { CloudFault } from '../wire/fault.ts';
import { readBody, tooLarge } from '../wire/read-body.ts';
import { ownEntry } from '../wire/service-model.ts';
import { readAlarm, readCapacity, readInterrupt, readReclaim } from './control-input.ts';
import type { Control } from './control.ts';

/**
 * `POST /spotproof/interrupt`, `/capacity`, `/reclaim` and `/alarm`, JSON in and out, with the token of this cloud in the header `x-spotproof-token`.
 *
 * @returns False when the request is for something else.
 */
export async function answerControl(
  { control, token }: { readonly control: Control; readonly token: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const action = /^\/spotproof\/([a-z]+)$/.exec(request.url ?? '')?.[1];
  if (action === undefined) return false;
  if (!isToken(request.headers['x-spotproof-token'], token)) {
    send(response, 403, { error: 'The header x-spotproof-token must hold the token that this cloud printed when it started.' });
    return true;
  }
  try {
    const act = ownEntry(ACTIONS, action);
    if (act === undefined || request.method !== 'POST') {
      send(response, 404, {
        error: `Served here are POST ${Object.keys(ACTIONS)
          .map((name) => `/spotproof/${name}`)
          .join(', ')}.`,
      });
      return true;
    }
    const body = await readBody(request);
    if (body === undefined) throw tooLarge();
    send(response, 200, act(control, parse(body)));
  } catch (error) {
    if (!(error instanceof CloudFault) && !isSpotproofError(error)) throw error;
    send(response, 400, { error: error.message });
  }
  return true;
}

const ACTIONS: Readonly<Record<string, (control: Control, body: unknown) => object>> = {
  interrupt: (control, body) => ({ interrupted: control.interrupt(readInterrupt(body)) }),
  capacity: (control, body) => {
    control.capacity(readCapacity(body));
    return {};
  },
  reclaim: (control, body) => {
    control.reclaim(readReclaim(body));
    return {};
  },
  alarm: (control, body) => {
    control.alarm(readAlarm(body));
    return {};
  },
};

function isToken(given: string | readonly string[] | undefined, token: string): boolean {
  return typeof given === 'string' && given.length === token.length && timingSafeEqual(Buffer.from(given), Buffer.from(token));
}

function parse(body: string): unknown {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new CloudFault('SerializationException', 'The body must be JSON.');
  }
}

function send(response: ServerResponse, statusCode: number, body: object): void {
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
