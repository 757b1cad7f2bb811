import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import type { CheckResult } from '@spotproof/world';
import { checkEnd } from './check-end.ts';
import type { HealthCheckOptions } from './health-checker.ts';

/**
 * One health check of a target group of protocol version HTTP2 or GRPC, on a connection of its own ("Health checks for your target groups"). GRPC: a call
 * without a message of its own; what counts is the gRPC status, 0 to 99.
 */
export function checkHealthOverHttp2(
  { target, config, localAddress, signal, protocolVersion }: HealthCheckOptions & { readonly protocolVersion: 'http2' | 'grpc' },
  onResult: (result: CheckResult) => void,
): void {
  const isGrpc = protocolVersion === 'grpc';
  const port = target.checkPort ?? target.port;
  const session = connectHttp2(`http://${target.host}:${port}`, {
    createConnection: () => connect({ host: target.host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) }),
  });
  let code: number | undefined;
  const end = checkEnd({ signal, timeoutMs: config.timeoutMs, close: () => session.destroy() }, onResult);
  session.on('error', () => end('failed'));
  session.on('close', () => end('failed'));
  const stream = session.request(
    isGrpc
      ? { ':method': 'POST', ':path': config.path, 'content-type': 'application/grpc', te: 'trailers', 'user-agent': USER_AGENT }
      : { ':method': 'GET', ':path': config.path, 'user-agent': USER_AGENT },
    { endStream: !isGrpc },
  );
  const readStatus = (headers: IncomingHttpHeaders): void => {
    const status = headers['grpc-status'];
    if (isGrpc && typeof status === 'string' && /^\d{1,2}$/.test(status)) code = Number(status);
  };
  stream.on('response', (headers) => {
    if (!isGrpc) code = headers[':status'];
    else if (headers[':status'] === 200) readStatus(headers);
  });
  stream.on('trailers', readStatus);
  stream.on('error', () => end('failed'));
  stream.on('close', () => {
    if (code === undefined) end('failed');
    else end(code >= config.matcher[0] && code <= config.matcher[1] ? 'passed' : 'code-mismatch');
  });
  stream.resume();
  if (isGrpc) stream.end(EMPTY_MESSAGE);
}

const USER_AGENT = 'ELB-HealthChecker/2.0';
/** Not compressed, no octets. */
const EMPTY_MESSAGE = Buffer.alloc(5);
