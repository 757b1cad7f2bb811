/** What the ECS agent said, or why it said nothing. */
export type AgentAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly outcome: 'failed'; readonly reason: string };

/**
 * One request to an endpoint of the ECS agent inside the task. Never rejects, is over after `timeoutMs`, and keeps no process alive: the platform is
 * asked for its opinion, and must not be able to delay a start or an end.
 */
export async function askAgent(options: {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly body?: object;
  readonly timeoutMs: number;
}): Promise<AgentAnswer> {
  const { method, url, timeoutMs } = options;
  try {
    // Loaded on first use: a preload brings this file into processes that never speak HTTP.
    const http = await import('node:http');
    const content = options.body === undefined ? '' : JSON.stringify(options.body);
    return await new Promise<AgentAnswer>((resolve, reject) => {
      const request = http.request(url, {
        method,
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        headers: content === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) },
      });
      request.on('socket', (socket) => socket.unref());
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('error', reject);
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > LONGEST_ANSWER) request.destroy(new Error(`the answer is longer than ${LONGEST_ANSWER} characters`));
        });
        response.on('end', () => resolve({ outcome: 'answered', status: response.statusCode ?? 0, body: parsed(text) }));
      });
      request.end(content);
    });
  } catch (error) {
    const isTimeout = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
    return { outcome: 'failed', reason: isTimeout ? `no answer within ${timeoutMs} ms` : error instanceof Error ? error.message : String(error) };
  }
}

/** A value inside parsed JSON, or undefined where the path leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const LONGEST_ANSWER = 1_000_000;
