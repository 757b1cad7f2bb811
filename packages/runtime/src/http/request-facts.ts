import type { IncomingMessage } from 'node:http';

/**
 * True for a health check of a balancer, whatever its path. Looks at the raw list: reading `headers` would make Node build the whole object
 * for every request.
 */
export function isBalancerHealthCheck(request: IncomingMessage): boolean {
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    // All names of other lengths are told apart without looking at a letter.
    if (name !== undefined && name.length === 10 && isUserAgent(name)) return rawHeaders[index + 1]?.startsWith('ELB-HealthChecker/') === true;
  }
  return false;
}

/** True when a body follows the head. */
export function hasBody(request: IncomingMessage): boolean {
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === 'transfer-encoding') return true;
    if (name === 'content-length') return rawHeaders[index + 1] !== '0';
  }
  return false;
}

/** How a request is called in reports: method and path. The query is left out, since it is where secrets travel. */
export function requestName(request: IncomingMessage | undefined): string {
  if (request === undefined) return 'unknown request';
  return `${request.method ?? 'GET'} ${pathOf(request).slice(0, 200)}`;
}

export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function isUserAgent(name: string): boolean {
  return name === 'User-Agent' || name === 'user-agent' || name.toLowerCase() === 'user-agent';
}
