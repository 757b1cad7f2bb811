import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { EPOCHS_PER_MS } from '../../src/protocol/index.ts';
import { send, type Got } from './support/send.ts';

describe('two tasks over one store', { concurrency: 2 }, () => {
  test('a task killed in the middle of a handler: another takes over after its lease, under the same effect key, and its response is the one that is kept', async () => {
    await using tasks = await startTwo();
    const [one, two] = tasks.ports;

    await assert.rejects(send(one, FIRST('SIGKILL')), /socket hang up|ECONNRESET/);
    const answer = await untilAnswered(two, FIRST('SIGKILL'));
    const again = await send(two, FIRST('SIGKILL'));

    assert.deepEqual([answer.status, answer.text, answer.isReplay], [201, 'made by attempt 2', false]);
    assert.deepEqual([again.status, again.text, again.isReplay], [201, 'made by attempt 2', true]);
    await assertTwoAttempts(tasks.effects);
  });

  test('a task stopped in the middle, and continued when another has taken over, tells its client so and records nothing', async () => {
    await using tasks = await startTwo();
    const [one, two] = tasks.ports;

    const stopped = send(one, FIRST('SIGSTOP'));
    await untilEffects(tasks.effects, 1);
    const answer = await untilAnswered(two, FIRST('SIGSTOP'));
    tasks.signal(0, 'SIGCONT');
    const late = await stopped;
    const again = await send(one, FIRST('SIGSTOP'));

    assert.deepEqual([answer.status, answer.text], [201, 'made by attempt 2']);
    assert.deepEqual([late.status, late.problem], [409, 'idempotency-request-overtaken']);
    assert.deepEqual([again.status, again.text, again.isReplay], [201, 'made by attempt 2', true]);
    await assertTwoAttempts(tasks.effects);
  });
});

const FIRST = (signal: string) => ({ key: 'k', body: 'first', headers: { 'x-first': signal } });
const LEASE_MS = 1000;

async function untilEffects(effects: string, count: number): Promise<void> {
  const end = performance.now() + 30_000;
  while ((await readFile(effects, 'utf8').catch(() => '')).split('\n').length <= count) {
    if (performance.now() > end) throw new Error(`waited in vain for ${count} effects`);
    await pause(20);
  }
}

async function assertTwoAttempts(effects: string): Promise<void> {
  const lines = (await readFile(effects, 'utf8')).trim().split('\n');
  const [[firstKey, firstEpoch] = [], [secondKey, secondEpoch] = []] = lines.map((line) => line.split(' '));
  assert.equal(lines.length, 2);
  assert.equal(secondKey, firstKey);
  // Epochs are milliseconds of the store's clock: nobody came before the lease was over.
  assert.ok(Number(secondEpoch) - Number(firstEpoch) >= LEASE_MS * EPOCHS_PER_MS);
}

async function untilAnswered(port: number, sent: Parameters<typeof send>[1]): Promise<Got> {
  const end = performance.now() + 30_000;
  for (;;) {
    const got = await send(port, sent);
    if (got.status !== 409) return got;
    assert.equal(got.problem, 'idempotency-request-running');
    if (performance.now() > end) throw new Error('waited in vain for the lease to end');
    await pause(50);
  }
}

async function startTwo() {
  const folder = await mkdtemp(path.join(tmpdir(), 'idempotent-'));
  const effects = path.join(folder, 'effects');
  const children = [0, 1].map(() =>
    spawn(
      process.execPath,
      [
        '--conditions=@spotproof/source',
        path.join(import.meta.dirname, 'orders.program.ts'),
        path.join(folder, 'claims.db'),
        effects,
        String(LEASE_MS),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], timeout: 60_000, killSignal: 'SIGKILL' },
    ),
  );
  const ports = await Promise.all(
    children.map(async (child) => {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      return Number(String(line).split(' ')[1]);
    }),
  );
  return {
    effects,
    ports: ports as [number, number],
    signal: (at: number, signal: NodeJS.Signals) => children[at]?.kill(signal),
    async [Symbol.asyncDispose](): Promise<void> {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true });
    },
  };
}
