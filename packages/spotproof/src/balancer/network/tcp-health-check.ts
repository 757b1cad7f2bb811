import { connect } from 'node:net';
import type { CheckResult } from '@spotproof/world';
import { checkEnd } from '../check-end.ts';
import type { HealthCheckOptions } from '../health-checker.ts';

/** A health check of protocol TCP: passed as soon as the target accepts the connection ("Health checks for Network Load Balancer target groups"). */
export function checkHealthOverTcp(
  { target, config, localAddress, signal, preamble }: HealthCheckOptions,
  onResult: (result: CheckResult) => void,
): void {
  const port = target.checkPort ?? target.port;
  const socket = connect({ host: target.host, port, ...(localAddress === undefined ? {} : { localAddress }) });
  const end = checkEnd({ signal, timeoutMs: config.timeoutMs, close: () => socket.destroySoon() }, onResult);
  if (preamble !== undefined) socket.write(preamble);
  socket.on('connect', () => end('passed'));
  socket.on('error', () => end('failed'));
}
