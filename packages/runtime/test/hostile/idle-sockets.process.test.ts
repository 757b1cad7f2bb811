import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { Program } from '../support/program.ts';
import { ask } from '../support/raw-client.ts';
import { outInTime } from './support/out-in-time.ts';

test('10,000 idle sockets: new requests are served meanwhile, the drain ends in time, and memory stays bounded', async (t) => {
  const count = Math.min(10_000, mostDescriptors() - 500);
  if (count < 10_000) t.diagnostic(`only ${count} sockets: this system allows a process no more descriptors`);
  await using app = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '15' } });
  const before = await residentOctets(app);
  const sockets = await idleSockets(app.port, count);
  try {
    await ask(app.port, '/all-are-accepted');
    const grown = (await residentOctets(app)) - before;

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const answer = await ask(app.port, '/new');
    const report = await outInTime(app);

    assert.match(answer, /app GET \/new$/);
    assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
    assert.ok(report.served.lingering >= 1);
    t.diagnostic(`${count} sockets, ${Math.round(grown / count)} octets each, out after ${report.durationMs} ms`);
    assert.ok(grown < count * 50_000, `${Math.round(grown / count)} octets for each socket`);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

/** Half of them never send a byte, half had an answer and stay open. */
async function idleSockets(port: number, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(BATCH, count - sockets.length) }, async (_, index) => await idleSocket(port, sockets.length + index));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}

async function idleSocket(port: number, index: number): Promise<Socket> {
  // On more than one address, or the ports of one may run out.
  const socket = connect({ port, host: '127.0.0.1', ...(process.platform === 'linux' && { localAddress: `127.0.0.${2 + (index % 4)}` }) });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    if (index % 2 === 0) socket.once('connect', () => resolve());
    else {
      socket.write('GET /flag HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.once('data', () => resolve());
    }
  });
  socket.on('error', () => {});
  return socket;
}

async function residentOctets(app: Program): Promise<number> {
  return Number((await ask(app.port, '/resident')).split('\r\n\r\n')[1]);
}

/** Node raises its own soft limit to the hard one. */
function mostDescriptors(): number {
  try {
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return hard === undefined ? Infinity : Number(hard);
  } catch {
    return 1_000;
  }
}

/** Fewer than the kernel's queue of connections that were not accepted yet. */
const BATCH = 250;
