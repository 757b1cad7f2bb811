import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, test } from 'node:test';
import { Client, credentials, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { startExample } from '../adapters/support/example.ts';
import { selfSigned } from '../support/certificate.ts';
import { Program } from '../support/program.ts';
import { Http2Client } from './client.ts';
import { FrameClient } from './frame-client.ts';

const PROGRAM = 'grpc-app.mjs';

void describe('gRPC', { concurrency: 8 }, () => {
  for (const way of ['protect', 'auto'] as const) {
    test(`${way}: calls in flight at SIGTERM are finished, one of them a stream; calls that come while lingering are served`, async () => {
      await using app = await start(way);
      using client = new Caller(app.port);
      await client.call('Echo', { text: 'first' });
      const wait = client.call('Wait', { text: 'wait', ms: 2600 });
      const count = client.count({ to: 26, everyMs: 100 });
      await app.line(/^started wait/);
      await app.line(/^started count/);

      app.signal('SIGTERM');
      await app.line(/^phase lingering/);
      const fresh = [await client.call('Echo', { text: 'again' }), await client.call('Echo', { text: 'and again' })];
      const [waited, counted] = await Promise.all([wait, count]);
      const report = await app.report();

      assert.deepEqual(fresh, [{ text: 'again' }, { text: 'and again' }]);
      assert.deepEqual([waited, counted], [{ text: 'wait', ms: 2600 }, 26]);
      assert.deepEqual([report.outcome, report.lostCount, report.abandoned, report.requestsAfterStart], ['drained', 0, 0, 2]);
      assert.deepEqual(report.served, { lingering: 2, draining: 2 });
      assert.equal((await app.ended).code, 0);
      if (way === 'auto') assert.ok(app.output.includes('shut down without error'), app.output.join('\n'));
    });
  }

  test('a call that outlives the budget is lost by its name, after the stop signal', async () => {
    await using app = await start('protect');
    using client = new Caller(app.port);
    const lost = client.call('Wait', { text: 'wait', ms: 60_000 }).catch((error: unknown) => error);
    await app.line(/^started wait/);

    app.signal('SIGTERM');
    await app.line(/^stop SPOTPROOF_STOP/);
    const report = await app.report();

    assert.ok((await lost) instanceof Error);
    assert.deepEqual(
      report.lost.map(({ kind, name, reason }) => ({ kind, name, reason })),
      [{ kind: 'request', name: 'POST /demo.Echo/Wait', reason: 'deadline' }],
    );
    assert.equal((await app.ended).code, 1);
  });

  test('the health service turns to NOT_SERVING for those who ask and those who watch, and nobody waits for the watchers', async () => {
    await using app = await start('protect');
    using client = new Caller(app.port);
    const seen: string[] = [];
    const watching = client.watchHealth('demo.Echo', (status) => seen.push(status));
    const before = await client.health('');

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    using late = new Caller(app.port);
    const after = [await late.health(''), await late.health('demo.Echo')];
    const report = await app.report();
    await watching;

    assert.deepEqual([before, after, seen], ['SERVING', ['NOT_SERVING', 'NOT_SERVING'], ['SERVING', 'NOT_SERVING']]);
    assert.deepEqual([report.outcome, report.requestsAfterStart, report.lostCount], ['drained', 0, 0]);
    assert.ok((await app.ended).afterMs < 20_000);
  });

  test("the balancer's own gRPC health check fails from SIGTERM on", async () => {
    await using app = await start('protect');
    const check = async (): Promise<number> => {
      using checker = new Http2Client(app.port, 'h2c');
      const headers = { 'user-agent': 'ELB-HealthChecker/2.0', 'content-type': 'application/grpc', te: 'trailers' };
      return (await checker.send('POST', '/AWS.ALB/healthcheck', { headers })).status;
    };
    const before = await check();

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);

    assert.deepEqual([before, await check()], [200, 503]);
    assert.equal((await app.report()).healthChecksAnswered, 1);
  });

  test('both GOAWAY frames are sent', async () => {
    await using app = await start('protect');
    using client = await FrameClient.connect(app.port);

    app.signal('SIGTERM');
    await app.report();
    await client.closed;

    assert.deepEqual(client.goaways.slice(0, 2), [2 ** 31 - 1, 0]);
  });

  for (const way of ['protect', 'auto'] as const) {
    test(`${way}, over TLS: calls in flight are finished, later ones served, and the only GOAWAY comes when lingering ends`, async () => {
      const { cert, key } = selfSigned();
      await using app = await Program.start(PROGRAM, { auto: way === 'auto', env: { WAY: way, TLS_CERT: cert, TLS_KEY: key } });
      using client = new Caller(app.port, credentials.createSsl(Buffer.from(cert)));
      const raw = connect(`https://127.0.0.1:${app.port}`, { ca: cert, servername: 'localhost' });
      const goaways: number[] = [];
      raw.on('error', () => {});
      raw.on('goaway', (_code, lastStream) => goaways.push(lastStream));
      const rawClosed = once(raw, 'close');
      await once(raw, 'connect');
      const wait = client.call('Wait', { text: 'wait', ms: 2600 });
      await app.line(/^started wait/);

      app.signal('SIGTERM');
      await app.line(/^phase lingering/);
      const fresh = [await client.call('Echo', { text: 'kept' })];
      using late = new Caller(app.port, credentials.createSsl(Buffer.from(cert)));
      fresh.push(await late.call('Echo', { text: 'new' }));
      await new Promise((resolve) => raw.ping(resolve));
      const whileLingering = [...goaways];
      const waited = await wait;
      const report = await app.report();
      await rawClosed;

      assert.deepEqual([waited, fresh], [{ text: 'wait', ms: 2600 }, [{ text: 'kept' }, { text: 'new' }]]);
      // The frame that would come first over plain HTTP/2 is written beside the session, which TLS does not allow.
      assert.deepEqual([whileLingering, goaways], [[], [0]]);
      assert.deepEqual([report.outcome, report.lostCount, report.served], ['drained', 0, { lingering: 2, draining: 1 }]);
      assert.equal((await app.ended).code, 0);
    });
  }

  test('the example of the guide loses nothing, and its database outlives the last call', async () => {
    await using app = await startExample('grpc');
    using client = new Caller(app.port);
    await client.call('/shop.Orders/Get', { id: 'first', ms: 0 });
    const slow = client.call('/shop.Orders/Get', { id: 'slow', ms: 2600 });
    const before = client.health('');

    assert.equal(await before, 'SERVING');
    app.signal('SIGTERM');
    const answer = await slow;
    const report = await app.report();

    assert.deepEqual(answer, { rows: ['slow'] });
    assert.deepEqual(
      report.hooks.map(({ name, outcome }) => `${name} ${outcome}`),
      ['grpc done', 'database done'],
    );
    assert.deepEqual([report.lostCount, (await app.ended).code], [0, 0]);
  });
});

async function start(way: 'protect' | 'auto'): Promise<Program> {
  return await Program.start(PROGRAM, { auto: way === 'auto', env: { WAY: way } });
}

/** A gRPC client that speaks the program's JSON. */
class Caller implements Disposable {
  readonly #client: Client;

  constructor(port: number, channel: ChannelCredentials = credentials.createInsecure()) {
    // It repeats by itself a call that it knows was never sent, as one that GOAWAY overtook in the client itself; never one that a server began.
    this.#client = new Client(`127.0.0.1:${port}`, channel, { 'grpc.ssl_target_name_override': 'localhost' });
  }

  async call(method: string, request: object): Promise<unknown> {
    return await new Promise((resolve, reject) => {
      const path = method.startsWith('/') ? method : `/demo.Echo/${method}`;
      this.#client.makeUnaryRequest(path, encode, decode, request, (error: ServiceError | null, response?: unknown) => {
        if (error === null) resolve(response);
        else reject(error);
      });
    });
  }

  /** How many messages came. */
  async count(request: object): Promise<number> {
    let count = 0;
    for await (const message of this.#client.makeServerStreamRequest('/demo.Echo/Count', encode, decode, request)) count += message === null ? 0 : 1;
    return count;
  }

  async health(name: string): Promise<unknown> {
    const check = healthService['Check'];
    assert.ok(check !== undefined);
    return await new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        check.path,
        check.requestSerialize,
        check.responseDeserialize,
        { service: name },
        (error: ServiceError | null, response?: { status?: string }) => {
          if (error === null) resolve(response?.status);
          else reject(error);
        },
      );
    });
  }

  /** Resolves when the watch ends. */
  async watchHealth(name: string, told: (status: string) => void): Promise<void> {
    const watch = healthService['Watch'];
    assert.ok(watch !== undefined);
    const stream = this.#client.makeServerStreamRequest(watch.path, watch.requestSerialize, watch.responseDeserialize, { service: name });
    stream.on('data', (message: { status: string }) => told(message.status));
    await new Promise<void>((resolve) => {
      stream.on('error', () => resolve());
      stream.on('end', () => resolve());
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function encode(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function decode(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}
