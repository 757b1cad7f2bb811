import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../../test/support/free-port.ts';
import { parseRequestsFile } from '../../src/load/requests-file.ts';
import { startLoad } from './load-process.ts';

const examples = new URL('../../../../examples/', import.meta.url);

test('the mixed example answers every request of its own requests file', async () => {
  const port = await freePort();
  const app = spawn(process.execPath, [fileURLToPath(new URL('mixed/server.mjs', examples))], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'inherit',
  });
  try {
    await untilListening(port);
    // The same kinds of request, with the longest answers shortened.
    const text = readFileSync(new URL('mixed/requests.json', examples), 'utf8')
      .replace('{2000..8000}', '{200..800}')
      .replace('{500..6000}', '{50..600}');
    await using load = startLoad({ nodes: [{ name: 'a', host: '127.0.0.1', port }], requests: parseRequestsFile(text), ratePerSecond: 100, seed: 1 });
    await load.waitFor('progress');
    const { records } = await load.finish();

    assert.deepEqual(
      records.filter(({ outcome }) => outcome !== 'answered'),
      [],
    );
    assert.deepEqual([...new Set(records.map(({ name }) => name))].toSorted(), ['fast', 'medium', 'slow', 'slow upload', 'stream', 'upload']);
    const exited = once(app, 'exit');
    app.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  } finally {
    app.kill('SIGKILL');
  }
});

async function untilListening(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const listening = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (listening === true) return;
    if (performance.now() > deadline) throw new Error(`The app did not listen on port ${port} within 10 s.`);
    await sleep(20);
  }
}
