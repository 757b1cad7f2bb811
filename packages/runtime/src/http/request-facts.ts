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
    if (name !== undefined && name.length === 10 && isUserAgent(name)) return isBalancerAgent(rawHeaders[index + 1]);
  }
  return false;
}

/** True for the user agent of a balancer's health checks. */
export function isBalancerAgent(userAgent: string | undefined): boolean {
  return userAgent?.startsWith('ELB-HealthChecker/') === true;
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
  return nameOf(request.method, pathOf(request));
}

/** @param path Without the query. */
export function nameOf(method: string | undefined, path: string): string {
  return `${method ?? 'GET'} ${path.slice(0, 200)}`;
}

export function pathOf(request: IncomingMessage): string {
  return withoutQuery(request.url ?? '/');
}

export function withoutQuery(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

function isUserAgent(name: string): boolean {
  return name === 'User-Agent' || name === 'user-agent' || name.toLowerCase() === 'user-agent';
}
