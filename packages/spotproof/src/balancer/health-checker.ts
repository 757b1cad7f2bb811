import { connect } from 'node:net';
import { createResponseFramer } from '@spotproof/core/http1';
import type { CheckResult } from '@spotproof/world';
import { checkEnd } from './check-end.ts';
import type { HealthCheckConfig, TargetAddress } from './protocol.ts';

export interface HealthCheckOptions {
  readonly target: TargetAddress;
  readonly config: HealthCheckConfig;
  readonly localAddress: string | undefined;
  /** Ends the check without a result. */
  readonly signal: AbortSignal;
  /** Goes out before anything else. */
  readonly preamble?: Uint8Array;
}

/**
 * One health check, on a connection that is opened for it and closed after it ("Health checks for your target groups").
 * Calls back once, unless aborted before.
 */
export function checkHealth({ target, config, localAddress, signal, preamble }: HealthCheckOptions, onResult: (result: CheckResult) => void): void {
  const port = target.checkPort ?? target.port;
  const socket = connect({ host: target.host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
  let verdict: CheckResult = 'failed';
  const end = checkEnd({ signal, timeoutMs: config.timeoutMs, close: () => socket.destroy() }, onResult);
  const framer = createResponseFramer({
    onHead: ({ status }) => {
      verdict = status >= config.matcher[0] && status <= config.matcher[1] ? 'passed' : 'code-mismatch';
    },
    onBody: () => {},
    onMessageEnd: () => end(verdict),
    onError: () => end('failed'),
  });
  framer.expect('GET');
  socket.on('data', (chunk) => framer.push(chunk));
  socket.on('end', () => {
    framer.end();
    end('failed');
  });
  socket.on('error', () => end('failed'));
  if (preamble !== undefined) socket.write(preamble);
  socket.write(
    `GET ${config.path} HTTP/1.1\r\nHost: ${target.host}:${port}\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\n` +
      'Accept-Encoding: gzip, compressed\r\n\r\n',
  );
}
