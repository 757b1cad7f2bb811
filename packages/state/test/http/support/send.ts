import { request, type IncomingMessage } from 'node:http';

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly key?: string | readonly string[];
  readonly tenant?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  /** Without a length, in as many chunks as there are parts. */
  readonly chunks?: readonly string[];
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly isReplay: boolean;
  /** `code` of the problem, if it is one. */
  readonly problem: string | undefined;
}

/** One request on a connection of its own. */
export async function send(port: number, sent: Sent): Promise<Got> {
  const response = await begin(port, sent);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = String(Buffer.concat(chunks));
  const { headers, statusCode: status = 0 } = response;
  const problem = headers['content-type'] === 'application/problem+json' ? (JSON.parse(text) as { code: string }).code : undefined;
  return { status, headers, text, isReplay: headers['idempotency-replayed'] === 'true', problem };
}

/** Resolves with the head of the response. */
export function begin(port: number, { method = 'POST', path = '/orders', key, tenant, headers, body, chunks }: Sent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      agent: false,
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key as string }),
        ...(tenant === undefined ? {} : { 'x-tenant': tenant }),
        ...(headers as Record<string, string>),
      },
    });
    outgoing.on('response', resolve).on('error', reject);
    for (const chunk of chunks ?? []) outgoing.write(chunk);
    outgoing.end(body);
  });
}
