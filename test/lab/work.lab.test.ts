import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explain } from './support/lab-cli.ts';
import { interruptedTasks } from './support/series.ts';
import { FORGETFUL, HANDED_OVER, KILLED, labOfWork, ORDERS, SHIPMENTS, tasksByStem } from './support/work.ts';

// So little load that they bear each other's company.
describe('the work of a service that is interrupted', { concurrency: 4 }, () => {
  test('is done once for each order, though its task was killed in the middle and its clients asked again: the key of the request becomes that of the effect', async (t) => {
    const result = await labOfWork(t, ['--rate', '6', ...KILLED, ...ORDERS]);

    const { report, work } = result;
    assert.deepEqual([work.lost, work.doubled, work.unexpected], [0, 0, 0], explain(result));
    assert.equal(work.done, report.requests.answered, explain(result));
    assert.deepEqual([report.requests.lost, report.verdict, result.exitCode], [0, 'killed', 0], explain(result));
    // Without a task that had charged and not answered it would show nothing.
    assert.ok(interruptedTasks(result).every(({ killed }) => killed) && work.absorbed > 0 && report.requests.repeated > 0, explain(result));
  });

  test('is done twice where the same clients meet the same app without keys: each such order is named, and the exit code is 1', async (t) => {
    const result = await labOfWork(t, ['--rate', '6', '--env', 'KEYS=off', ...KILLED, ...ORDERS]);

    const { report, work } = result;
    assert.deepEqual([result.exitCode, report.verdict, report.requests.lost, work.lost], [1, 'lost', 0, 0], explain(result));
    assert.ok(work.doubled > 0, explain(result));
    const [first] = work.pieces;
    assert.deepEqual(
      [work.pieces.length, first?.fate, report.summary.includes(first?.work ?? 'none')],
      [work.doubled, 'doubled', true],
      explain(result),
    );
    // The first time by the task that was killed, the second by another.
    const killed = interruptedTasks(result).map(({ id }) => id);
    for (const { done } of work.pieces)
      assert.deepEqual([killed.includes(done[0]?.taskId ?? ''), killed.includes(done[1]?.taskId ?? '')], [true, false]);
  });

  test('goes on in another task where it was handed over, with no step done again and none left out', async (t) => {
    const result = await labOfWork(t, ['--rate', '6', ...HANDED_OVER, ...SHIPMENTS]);

    const { report, work, records } = result;
    assert.deepEqual([report.verdict, result.exitCode], ['clean', 0], explain(result));
    assert.deepEqual([work.lost, work.doubled, work.absorbed, work.expected], [0, 0, 0, 8 * report.requests.answered], explain(result));
    const shared = [...tasksByStem(records, (name) => name.split(',')[0] ?? '').values()].filter((tasks) => tasks.size > 1);
    assert.ok(shared.length > 0, `no shipment was begun by one task and ended by another\n${explain(result)}`);
    assert.deepEqual(
      interruptedTasks(result).map(({ exitCode }) => exitCode),
      [0],
      explain(result),
    );
  });

  test('is lost where it was accepted into the memory of one task, and that is called a loss though every request was answered', async (t) => {
    const result = await labOfWork(t, ['--rate', '6', '--work-wait', '5', ...KILLED, ...FORGETFUL]);

    const { report, work } = result;
    assert.deepEqual([result.exitCode, report.verdict, report.requests.lost], [1, 'lost', 0], explain(result));
    assert.ok(work.lost > 0 && work.doubled === 0, explain(result));
    const killed = interruptedTasks(result).map(({ id }) => id);
    for (const { fate, expectedBy } of work.pieces) assert.deepEqual([fate, killed.includes(expectedBy ?? '')], ['lost', true], explain(result));
  });
});
