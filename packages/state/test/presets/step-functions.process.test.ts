import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isSpotproofError, type ConsumerLifecycle, type ConsumerParts } from '@spotproof/core';
import { waitFor } from '../../../runtime/test/support/wait-for.ts';
import { runTask, spotRetrier } from '../../src/presets/step-functions.ts';
import { FakeStepFunctions } from './support/fake-step-functions.ts';
import { Started } from './support/started.ts';

describe('a task of Step Functions', () => {
  let states: FakeStepFunctions;
  before(async () => {
    states = await FakeStepFunctions.start();
  });
  after(() => states[Symbol.asyncDispose]());

  function begin(taskToken: string): { readonly sfn: FakeStepFunctions['client']; readonly taskToken: string; readonly heartbeatMs: number } {
    states.wait(taskToken);
    return { sfn: states.client, taskToken, heartbeatMs: 100 };
  }

  const answersTo = (taskToken: string): readonly unknown[] => states.answers.filter((answer) => answer.taskToken === taskToken);

  test('sends heartbeats while it works, then its output', async () => {
    const before = states.heartbeats;

    const outcome = await runTask(begin('well'), async () => {
      await waitFor('two heartbeats', () => states.heartbeats >= before + 2);
      return { pages: 3 };
    });

    assert.deepEqual(outcome, { outcome: 'succeeded', output: { pages: 3 } });
    assert.deepEqual(answersTo('well'), [{ taskToken: 'well', output: '{"pages":3}' }]);
  });

  test('tells an error of the work by its name, and no output as null', async () => {
    const failed = await runTask(begin('bad'), () => {
      throw new TypeError('no such page');
    });
    const silent = await runTask(begin('silent'), () => undefined);

    assert.equal(failed.outcome, 'failed');
    assert.deepEqual(answersTo('bad'), [{ taskToken: 'bad', error: 'TypeError', cause: 'no such page' }]);
    assert.equal(silent.outcome, 'succeeded');
    assert.deepEqual(answersTo('silent'), [{ taskToken: 'silent', output: 'null' }]);
  });

  test('that is interrupted and stops is to be tried again at once, whatever error it stopped with', async () => {
    const life = lifecycle();

    const outcome = await runTask({ ...begin('stopped'), lifecycle: life }, async ({ signal }) => {
      life.drain();
      assert.ok(isSpotproofError(signal.reason, 'SPOTPROOF_INTERRUPTED'));
      throw new Error('saved what there was');
    });

    assert.deepEqual(outcome, { outcome: 'interrupted' });
    assert.partialDeepStrictEqual(answersTo('stopped'), [{ error: 'Spot.Interrupted' }]);
  });

  test('that is interrupted and finishes all the same has succeeded', async () => {
    const life = lifecycle();

    const outcome = await runTask({ ...begin('finished'), lifecycle: life }, () => {
      life.drain();
      return 'all';
    });

    assert.deepEqual(outcome, { outcome: 'succeeded', output: 'all' });
    assert.deepEqual(answersTo('finished'), [{ taskToken: 'finished', output: '"all"' }]);
  });

  test('that takes no notice is handed back at the end, and what it says later is not', async () => {
    const life = lifecycle();
    let finish = (): void => {};

    const running = runTask({ ...begin('deaf'), lifecycle: life }, () => new Promise<string>((resolve) => (finish = () => resolve('late'))));
    life.drain();
    const handedBack = await life.handBack();
    finish();

    assert.deepEqual(handedBack, ['step functions task']);
    assert.deepEqual(await running, { outcome: 'interrupted' });
    assert.partialDeepStrictEqual(answersTo('deaf'), [{ error: 'Spot.Interrupted' }]);
    assert.equal(answersTo('deaf').length, 1);
  });

  test('in a process that is told to stop is to be tried again before that process has ended', async () => {
    states.wait('process');
    await using task = new Started('step-functions.program.ts', { ENDPOINT: states.endpoint, TASK_TOKEN: 'process', SPOTPROOF_STOP_TIMEOUT: '4' });
    await task.line('works');

    task.signal('SIGTERM');
    await task.line('outcome');

    assert.partialDeepStrictEqual(answersTo('process'), [{ error: 'Spot.Interrupted' }]);
    assert.deepEqual(task.lines, ['works', 'outcome interrupted']);
    assert.equal(await task.ended, 75);
  });

  test('that the state machine has given up is told by its signal, and says nothing', async () => {
    const outcome = await runTask(begin('given up'), async ({ signal }) => {
      states.giveUp('given up');
      await waitFor('the signal', () => signal.aborted);
      assert.ok(isSpotproofError(signal.reason, 'SPOTPROOF_CLAIM_LOST'));
      return 'too late';
    });

    assert.deepEqual(outcome, { outcome: 'lost' });
    assert.deepEqual(answersTo('given up'), []);
  });

  test('whose output is too large fails with what to do', async () => {
    const outcome = await runTask(begin('large'), () => 'x'.repeat(262_143));

    assert.ok(outcome.outcome === 'failed' && isSpotproofError(outcome.error, 'SPOTPROOF_NOT_STORABLE'));
    assert.partialDeepStrictEqual(answersTo('large'), [{ error: 'SPOTPROOF_NOT_STORABLE' }]);
  });

  test('whose output is no JSON, or whose error is no error, has failed, and is not taken for one that was killed', async () => {
    const output = await runTask<unknown>(begin('bigint'), () => ({ pages: 3n }));
    const error = await runTask(begin('odd'), () => {
      throw Object.assign(new Error(), { message: { status: 404 }, name: 404 });
    });

    assert.deepEqual([output.outcome, error.outcome], ['failed', 'failed']);
    assert.partialDeepStrictEqual(answersTo('bigint'), [{ error: 'SPOTPROOF_NOT_STORABLE' }]);
    assert.deepEqual(answersTo('odd'), [{ taskToken: 'odd', error: '404', cause: '[object Object]' }]);
  });

  test('of which nobody can be told rejects', async () => {
    const gone = await FakeStepFunctions.start();
    const { client } = gone;
    await gone[Symbol.asyncDispose]();

    await assert.rejects(
      runTask({ sfn: client, taskToken: 'a' }, () => 1),
      (error) => isSpotproofError(error, 'SPOTPROOF_CLOUD') && error.retryable,
    );
    await assert.rejects(
      runTask({ sfn: client, taskToken: '' }, () => 1),
      { code: 'SPOTPROOF_CONFIG_INVALID', message: /taskToken/ },
    );
    await assert.rejects(
      runTask({ sfn: client, taskToken: 'a', heartbeatMs: 0 }, () => 1),
      { code: 'SPOTPROOF_CONFIG_INVALID', message: /heartbeatMs/ },
    );
  });

  test('is tried again by a retrier that knows both ways to die on Spot', () => {
    assert.deepEqual(spotRetrier(), {
      ErrorEquals: ['Spot.Interrupted', 'States.HeartbeatTimeout'],
      IntervalSeconds: 1,
      MaxAttempts: 20,
      BackoffRate: 1,
    });
    assert.equal(spotRetrier({ maxAttempts: 5 }).MaxAttempts, 5);
  });
});

/** As the runtime calls its consumers. */
function lifecycle(): ConsumerLifecycle & { drain(): void; handBack(): Promise<unknown> } {
  const draining = new AbortController();
  const stop = new AbortController();
  const consumers: ConsumerParts[] = [];
  return {
    draining: draining.signal,
    stop: stop.signal,
    consumer: (_name, parts) => {
      consumers.push(parts);
      return { changed: () => {} };
    },
    drain: () => {
      draining.abort();
      for (const parts of consumers) parts.stop();
    },
    handBack: async () => {
      stop.abort();
      return await consumers[0]?.handBack?.();
    },
  };
}
