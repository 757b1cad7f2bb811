import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../src/exec/front/free-port.ts';
import { ask, isRefused, RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { Supervised } from './support/supervised.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-exec-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('without a signal it ends as its program ends, and passes standard input on', async () => {
  const expected = [
    { command: ['sh', '-c', 'exit 7'], code: 7 },
    { command: ['true'], code: 0 },
    { command: ['sh', '-c', 'kill -USR1 $$'], code: 138 },
    { command: ['sh', '-c', 'kill -KILL $$'], code: 137 },
  ];
  await Promise.all(
    expected.map(async ({ command, code }) => {
      await using supervised = Supervised.start({ command });
      assert.deepEqual(await supervised.ended, { code, signal: null }, command.join(' '));
      assert.doesNotMatch(supervised.output, /"schema"/);
    }),
  );
  await using reading = Supervised.start({ command: ['cat'] });
  reading.stdin?.end('from outside');
  await reading.until(/from outside/);
});

test('what cannot be run gets a sentence and the exit code of a shell', async () => {
  const file = (name: string, text: string, mode: number): string => {
    const created = path.join(folder, name);
    writeFileSync(created, text);
    chmodSync(created, mode);
    return created;
  };
  const cases = [
    { command: ['no-such-program'], code: 127, sentence: /no program "no-such-program" in PATH/ },
    { command: ['./no-such-program'], code: 127, sentence: /no program ".\/no-such-program"\. Correct the path/ },
    { command: [file('plain.sh', 'echo', 0o644)], code: 126, sentence: /may not be executed/ },
    { command: [file('lost.sh', '#!/no/such/interpreter\n', 0o755)], code: 126, sentence: /what its first line/ },
    { command: ['true'], options: ['--front', ':auto'], code: 2, sentence: /PORT says, which is not set/ },
    { command: ['true'], options: ['--nonsense'], code: 2, sentence: /Unknown option '--nonsense'/ },
    { command: ['true'], env: { SPOTPROOF_STOP_TIMEOUT: 'soon' }, code: 2, sentence: /SPOTPROOF_STOP_TIMEOUT must be/ },
  ];
  await Promise.all(
    cases.map(async ({ code, sentence, ...options }) => {
      await using supervised = Supervised.start(options);
      assert.equal((await supervised.ended).code, code, supervised.output);
      assert.match(supervised.output, sentence);
      assert.doesNotMatch(supervised.output, /\n\s+at /, 'a stack trace');
    }),
  );
});

test('a port that is taken ends it with a sentence, and its program with it', async () => {
  const port = await freePort();
  await using first = Supervised.start({ command: ['node', 'server.program.mjs'], env: { PORT: String(port) } });
  await first.until(/listening/);
  await using second = Supervised.start({ options: ['--host', '127.0.0.1', '--front', `${port}:auto`], command: ['node', 'server.program.mjs'] });

  assert.equal((await second.ended).code, 2);
  assert.match(second.output, new RegExp(`--front: port ${port} cannot be opened, something listens there already`));
  const [, programPort] = await second.until(/listening (\d+)/);
  await waitFor('the second program is gone', () => isRefused(Number(programPort)));
});

test('after SIGTERM the program goes on for the linger and is told then', async () => {
  await using supervised = Supervised.start({ options: ['--linger', '1'], command: ['node', 'server.program.mjs'], env: { STOP: '0' } });
  const [, port] = await supervised.until(/listening (\d+)/);
  supervised.signal('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 400));

  assert.match(await ask(Number(port), '/'), /200 OK/);
  assert.doesNotMatch(supervised.output, /got SIGTERM/);
  const report = await supervised.report();

  assert.match(supervised.output, /got SIGTERM/);
  assert.equal((await supervised.ended).code, 0);
  assert.deepEqual(
    { outcome: report.outcome, leaveReason: report.leaveReason, cause: report.cause },
    { outcome: 'drained', leaveReason: 'cap', cause: 'SIGTERM' },
  );
  assert.ok((report.program.toldAfterMs ?? 0) >= 1_000, `told after ${report.program.toldAfterMs} ms`);
});

test('a second SIGTERM ends the linger, and what comes after the program was told reaches it too', async () => {
  await using supervised = Supervised.start({ command: ['node', 'server.program.mjs'], env: { STOP: '1000' }, stopTimeout: 120 });
  await supervised.until(/listening/);
  supervised.signal('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 350));
  supervised.signal('SIGTERM');
  await supervised.until(/got SIGTERM/);
  await new Promise((resolve) => setTimeout(resolve, 350));
  supervised.signal('SIGTERM');
  await supervised.until(/got SIGTERM[^]*got SIGTERM/);

  const report = await supervised.report();
  assert.equal(report.leaveReason, 'hastened');
  assert.deepEqual(await supervised.ended, { code: 0, signal: null });
});

test('a program that ignores the signal is killed before the stop timeout is over, with all that it started', async () => {
  await using supervised = Supervised.start({
    options: ['--linger', '0'],
    command: ['sh', '-c', 'trap "" TERM; node server.program.mjs & node server.program.mjs; true'],
    env: { STOP: 'ignore' },
    stopTimeout: 4,
  });
  const [, killedAfter] = await supervised.until(/killed after ([\d.]+) s\b/);
  const [, one, other] = await supervised.until(/listening (\d+)[^]*listening (\d+)/);
  supervised.signal('SIGTERM');
  const report = await supervised.report();

  assert.ok(Number(killedAfter) < 4, `planned to kill after ${killedAfter} s`);
  assert.equal((await supervised.ended).code, 137);
  assert.deepEqual({ outcome: report.outcome, killed: report.program.killed }, { outcome: 'deadline', killed: true });
  await waitFor('both servers are gone', async () => (await isRefused(Number(one))) && (await isRefused(Number(other))));
});

test('signals that do not end a container reach the program at once', async () => {
  await using supervised = Supervised.start({ command: ['node', 'server.program.mjs'], env: { STOP: '0' } });
  await supervised.until(/listening/);

  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
    supervised.signal(signal);
    await supervised.until(new RegExp(`got ${signal}`));
  }
});

test('--stop-signal is what the program is told, whatever came', async () => {
  await using supervised = Supervised.start({
    options: ['--linger', '0', '--stop-signal', 'QUIT'],
    command: ['node', 'server.program.mjs'],
    env: { STOP: '0' },
  });
  await supervised.until(/listening/);
  supervised.signal('SIGTERM');
  const report = await supervised.report();

  assert.match(supervised.output, /got SIGQUIT/);
  assert.doesNotMatch(supervised.output, /got SIGTERM/);
  assert.equal(report.program.toldSignal, 'SIGQUIT');
});

for (const command of [
  ['npm', 'start'],
  ['sh', '-c', 'node server.program.mjs; true'],
  ['node', '--run', 'start'],
]) {
  test(`under "${command.join(' ')}" the server itself gets SIGTERM, and is waited for after what started it has gone`, async () => {
    await using supervised = Supervised.start({ options: ['--linger', '0'], command, env: { STOP: '700' }, stopTimeout: 10 });
    const [, port] = await supervised.until(/listening (\d+)/);
    supervised.signal('SIGTERM');
    await supervised.until(/got SIGTERM/);

    assert.match(await ask(Number(port), '/'), /200 OK/);
    const report = await supervised.report();
    assert.deepEqual({ outcome: report.outcome, killed: report.program.killed }, { outcome: 'drained', killed: false });
    assert.ok((report.program.endedAfterMs ?? 0) >= 690, `ended after ${report.program.endedAfterMs} ms`);
    assert.equal(await isRefused(Number(port)), true);
  });
}

test('the readiness of --health-port is the program’s own while it serves and 503 from SIGTERM on; liveness stays', async () => {
  const [health, port] = [await freePort(), await freePort()];
  await using supervised = Supervised.start({
    options: ['--linger', '1', '--host', '127.0.0.1', '--health-port', `${health}:${port}/health`],
    command: ['sh', '-c', 'sleep 0.5; node server.program.mjs; true'],
    env: { PORT: String(port) },
  });
  await waitFor('the endpoint answers', async () => !(await isRefused(health)));

  assert.match(await ask(health, '/readyz'), /^HTTP\/1\.1 503 .*the program does not answer/s);
  await supervised.until(/listening/);
  assert.match(await ask(health, '/anything'), /^HTTP\/1\.1 200 OK.*"ready"/s);
  supervised.signal('SIGTERM');
  await waitFor('the readiness has changed', async () => /^HTTP\/1\.1 503 .*"draining"/s.test(await ask(health, '/readyz')));
  assert.match(await ask(health, '/livez'), /^HTTP\/1\.1 200 /);
  assert.match(await ask(port, '/'), /200 OK/);
});

test('a front opens when the program listens, and drains for a program that dies at once of SIGTERM', async () => {
  const port = await freePort();
  await using supervised = Supervised.start({
    options: ['--host', '127.0.0.1', '--front', `${port}:auto`],
    command: ['sh', '-c', 'sleep 0.4; exec node server.program.mjs'],
  });
  await supervised.until(/running sh/);
  assert.equal(await isRefused(port), true);
  await supervised.until(/listening/);
  await waitFor('the front is open', async () => !(await isRefused(port)));
  using slow = await RawClient.connect(port);

  slow.request('/slow');
  await new Promise((resolve) => setTimeout(resolve, 100));
  supervised.signal('SIGTERM');
  await waitFor('health checks get 503', async () => (await ask(port, '/', { 'User-Agent': 'ELB-HealthChecker/2.0' })).startsWith('HTTP/1.1 503 '));
  assert.match(await ask(port, '/'), /^HTTP\/1\.1 200 OK.*Connection: close/s);
  await slow.until(/pid \d+/);
  const report = await supervised.report();

  assert.equal((await supervised.ended).code, 143);
  assert.deepEqual(
    {
      outcome: report.outcome,
      lost: report.lostCount,
      requests: report.requestsAfterStart,
      served: report.served.lingering,
      told: report.program.toldSignal,
    },
    { outcome: 'drained', lost: 0, requests: 1, served: 2, told: 'SIGTERM' },
  );
});

test('what cannot be answered in time is lost by name, and makes the exit code 1', async () => {
  const port = await freePort();
  await using supervised = Supervised.start({
    options: ['--host', '127.0.0.1', '--front', `${port}:auto`],
    command: ['node', 'server.program.mjs'],
    env: { STOP: '0' },
    stopTimeout: 2,
  });
  await supervised.until(/listening/);
  await waitFor('the front is open', async () => !(await isRefused(port)));
  using client = await RawClient.connect(port);
  client.request('/never?secret=1');
  await new Promise((resolve) => setTimeout(resolve, 100));
  supervised.signal('SIGTERM');
  const report = await supervised.report();

  assert.equal((await supervised.ended).code, 1, supervised.output);
  assert.equal(report.outcome, 'deadline');
  assert.deepEqual(
    report.lost.map(({ kind, name, reason }) => ({ kind, name, reason })),
    [{ kind: 'request', name: 'GET /never', reason: 'deadline' }],
  );
});

test('a program that crashes behind its front takes it along: whoever waited gets 502, and the exit code is its own', async () => {
  const port = await freePort();
  await using supervised = Supervised.start({ options: ['--host', '127.0.0.1', '--front', `${port}:auto`], command: ['node', 'server.program.mjs'] });
  await supervised.until(/listening/);
  await waitFor('the front is open', async () => !(await isRefused(port)));
  using waiting = await RawClient.connect(port);
  waiting.request('/never');
  await new Promise((resolve) => setTimeout(resolve, 100));

  assert.match(await ask(port, '/die'), /^HTTP\/1\.1 502 /);

  await waiting.until(/^HTTP\/1\.1 502 /);
  assert.equal((await supervised.ended).code, 9);
});

test('a crash in the middle of the drain is in the report, with what it cost', async () => {
  const port = await freePort();
  await using supervised = Supervised.start({
    options: ['--host', '127.0.0.1', '--front', `${port}:auto`],
    command: ['node', 'server.program.mjs'],
    stopTimeout: 10,
  });
  await supervised.until(/listening/);
  await waitFor('the front is open', async () => !(await isRefused(port)));
  using waiting = await RawClient.connect(port);
  waiting.request('/never');
  await new Promise((resolve) => setTimeout(resolve, 100));
  supervised.signal('SIGTERM');
  await waitFor('the drain has begun', async () => /Connection: close/.test(await ask(port, '/')));
  await ask(port, '/die');
  const report = await supervised.report();

  assert.equal((await supervised.ended).code, 9);
  assert.equal(report.outcome, 'exited');
  assert.deepEqual(report.lost.map(({ name, reason }) => `${name} ${reason}`).toSorted(), ['GET /die exited', 'GET /never exited']);
});

test('a second SIGINT ends everything at once', async () => {
  await using supervised = Supervised.start({ command: ['sh', '-c', 'node server.program.mjs & sleep 100'], env: { STOP: 'ignore' } });
  const [, port] = await supervised.until(/listening (\d+)/);
  supervised.signal('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 350));
  supervised.signal('SIGINT');
  const report = await supervised.report();

  assert.equal(report.outcome, 'escalated');
  await waitFor('the server is gone', () => isRefused(Number(port)));
});
