import { STATUS_CODES } from 'node:http';

/** Statuses that the balancer answers by itself. 460 and 463 are Elastic Load Balancing's own; 460 is only ever logged, 464 says that the target group has another protocol version. */
export type GeneratedStatus = 400 | 405 | 408 | 414 | 463 | 464 | 501 | 502 | 503 | 504 | 505;

export interface GeneratedResponseOptions {
  readonly status: GeneratedStatus;
  /** The answer to HEAD has the headers only. */
  readonly isHead: boolean;
  readonly close: boolean;
}

/** A whole response as an Application Load Balancer makes it: small HTML page, `Server: awselb/2.0`. */
export function generatedResponse({ status, isHead, close }: GeneratedResponseOptions): string {
  const line = statusLine(status);
  const body = generatedPage(status);
  const connection = close ? 'close' : 'keep-alive';
  return (
    `HTTP/1.1 ${line}\r\nServer: awselb/2.0\r\nDate: ${new Date().toUTCString()}\r\nContent-Type: text/html\r\n` +
    `Content-Length: ${body.length}\r\nConnection: ${connection}\r\n\r\n${isHead ? '' : body}`
  );
}

/** The body of such a response. */
export function generatedPage(status: GeneratedStatus): string {
  const line = statusLine(status);
  return `<html>\r\n<head><title>${line}</title></head>\r\n<body>\r\n<center><h1>${line}</h1></center>\r\n</body>\r\n</html>\r\n`;
}

function statusLine(status: GeneratedStatus): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
}
