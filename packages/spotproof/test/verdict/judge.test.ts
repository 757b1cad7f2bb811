import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judge } from '../../src/verdict/judge.ts';
import { OUTCOMES } from '../../src/load/client-record.ts';
import { BALANCER_CAUSES } from '../../src/balancer/balancer-record.ts';
import {
  badGateway,
  calm,
  evidence,
  evidenceOf,
  exchange,
  INTERRUPTION,
  interruptedTask,
  labRun,
  labTask,
  loadSummary,
  START,
  type Exchange,
} from '../support/sample-run.ts';

test('nothing lost is clean and exits 0', () => {
  const report = judge(evidenceOf(calm()));

  assert.equal(report.verdict, 'clean');
  assert.equal(report.exitCode, 0);
  assert.equal(report.requests.answered, 60);
  assert.equal(report.requests.lost, 0);
  assert.equal(report.summary, 'None of 60 requests was lost while 1 of 3 tasks was taken back.');
});

test('one lost request is enough for lost and exit code 1', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-refused')]));

  assert.equal(report.verdict, 'lost');
  assert.equal(report.exitCode, 1);
  assert.equal(report.requests.lost, 1);
  assert.equal(report.losses.length, 1);
  assert.match(report.summary, /^1 of 61 requests was lost while 1 of 3 tasks was taken back/);
});

test('any complete answer below 500 is answered', () => {
  const report = judge(evidenceOf([404, 429, 301].map((status) => exchange({ client: { status } }))));

  assert.equal(report.requests.answered, 3);
  assert.equal(report.verdict, 'clean');
});

test('a 5xx of the app is lost when the control phase had none for that kind of request', () => {
  const report = judge(evidenceOf([...calm(), appError(500, { at: 7000 })]));

  assert.equal(report.requests.lost, 1);
  assert.equal(report.requests.tolerated, 0);
});

test('a 5xx of the app is tolerated, with a warning, when the control phase had one for that kind of request', () => {
  const report = judge(evidenceOf([...calm(), appError(500, { at: 3000 }), appError(503, { at: 7000 })]));

  assert.equal(report.requests.lost, 0);
  assert.equal(report.requests.lostInControl, 0);
  assert.equal(report.requests.tolerated, 2);
  assert.equal(report.verdict, 'clean');
  assert.ok(
    report.warnings.some((warning) => warning.includes('GET /') && warning.includes('500 and 503') && warning.includes('not counted as lost')),
  );
});

test('a 5xx of one kind of request does not excuse another kind', () => {
  const report = judge(evidenceOf([...calm(), appError(500, { at: 3000, name: 'GET /broken' }), appError(500, { at: 7000 })]));

  assert.equal(report.requests.lost, 1);
  assert.equal(report.requests.tolerated, 1);
});

test('a 5xx of the balancer is lost even when the control phase had one', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-rst', { at: 3000 }), badGateway('target-rst', { at: 7000 })]));

  assert.equal(report.requests.lost, 1);
  assert.equal(report.requests.lostInControl, 1);
  assert.equal(report.requests.tolerated, 0);
});

test('an app that calls itself awselb is still the app: what the balancer saw from the target decides', () => {
  const disguised = exchange({
    at: 3000,
    client: { outcome: 'bad-status', status: 500, answeredBy: 'balancer' },
    balancer: { status: 500, targetStatus: 500 },
  });

  assert.equal(judge(evidenceOf([...calm(), disguised])).requests.tolerated, 1);
});

test('losses of the control phase stand apart and do not count', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-fin', { at: 3000 })]));

  assert.equal(report.verdict, 'clean');
  assert.equal(report.exitCode, 0);
  assert.equal(report.requests.lost, 0);
  assert.equal(report.requests.lostInControl, 1);
  assert.equal(report.losses[0]?.phase, 'control');
  assert.equal(report.blame[0]?.phase, 'control');
  assert.ok(report.warnings.some((warning) => warning.startsWith('1 request lost in the control phase')));
});

test('losses of the control phase count with strict', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-fin', { at: 3000 })], { strict: true }));

  assert.equal(report.verdict, 'lost');
  assert.equal(report.exitCode, 1);
});

test('a long request that began in the control phase and was cut by the interruption is not excused', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-rst', { at: 3000, tookMs: 12_000 })]));

  assert.equal(report.requests.lost, 1);
  assert.equal(report.requests.lostInControl, 0);
});

test('a client that retries once gets an answer to a refused POST from another task', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-refused', { client: { method: 'POST' } })]));

  assert.equal(report.requests.lost, 1);
  assert.equal(report.requests.lostWithOneRetry, 0);
  assert.equal(report.losses[0]?.safeToRetry, true);
});

test('a reset POST stays lost with a retry, because the handler may have run', () => {
  const report = judge(
    evidenceOf([...calm(), badGateway('target-rst', { client: { method: 'POST' } }), badGateway('target-rst', { client: { method: 'PUT' } })]),
  );

  assert.equal(report.requests.lost, 2);
  assert.equal(report.requests.lostWithOneRetry, 1);
  assert.deepEqual(
    report.losses.map(({ safeToRetry }) => safeToRetry),
    [false, true],
  );
});

test('a retry does not help when no other target could answer at that moment', () => {
  const down = ['task-1', 'task-2', 'task-3'].map((name) => interruptedTask({ name, listenerClosedAt: INTERRUPTION + 200 }));

  const report = judge(evidenceOf([...calm(), badGateway('target-refused', { at: 6000 })], { run: { tasks: down } }));

  assert.equal(report.requests.lostWithOneRetry, 1);
});

test('a retry helps once a replacement is in rotation', () => {
  const down = ['task-1', 'task-2', 'task-3'].map((name) => interruptedTask({ name, listenerClosedAt: INTERRUPTION + 200 }));
  const replacement = labTask({ name: 'task-4', listeningAt: START + 6000, registeredAt: START + 6100 });
  const losses = [badGateway('target-refused', { at: 6000 }), badGateway('target-refused', { at: 6500 })];

  const report = judge(evidenceOf([...calm(), ...losses], { run: { tasks: [...down, replacement] } }));

  assert.equal(report.requests.lost, 2);
  assert.equal(report.requests.lostWithOneRetry, 1);
});

test('a task SIGKILLed without losing anything is killed: exit 0, and 1 with strict', () => {
  const tasks = [interruptedTask({ killed: true, sigkillAt: INTERRUPTION + 30_000, exitedAt: INTERRUPTION + 30_000 }), labTask({ name: 'task-2' })];

  const lenient = judge(evidenceOf(calm(), { run: { tasks } }));
  const strict = judge(evidenceOf(calm(), { run: { tasks }, strict: true }));

  assert.equal(lenient.verdict, 'killed');
  assert.equal(lenient.exitCode, 0);
  assert.match(lenient.summary, /task-1 had to be SIGKILLed at the end of the stop timeout of 30 s/);
  assert.equal(strict.verdict, 'killed');
  assert.equal(strict.exitCode, 1);
});

test('a SIGKILL with losses is lost, and the kill is still told', () => {
  const tasks = [
    interruptedTask({ killed: true, listenerClosedAt: INTERRUPTION + 200, exitedAt: INTERRUPTION + 30_000 }),
    labTask({ name: 'task-2' }),
  ];

  const report = judge(evidenceOf([...calm(), badGateway('target-refused')], { run: { tasks } }));

  assert.equal(report.verdict, 'lost');
  assert.ok(report.warnings.some((warning) => warning.includes('task-1 was SIGKILLed') && warning.includes('server.close()')));
});

test('a crash in the middle is lost even when no request was', () => {
  const tasks = [
    interruptedTask(),
    labTask({ name: 'task-2', crashed: true, exitedAt: START + 9000, exitCode: 1, output: ['Error: out of luck', ''] }),
  ];

  const report = judge(evidenceOf(calm(), { run: { tasks } }));

  assert.equal(report.verdict, 'lost');
  assert.equal(report.exitCode, 1);
  assert.match(report.summary, /task-2 ended without having been told to/);
  assert.ok(report.warnings.some((warning) => warning.includes('Error: out of luck')));
});

test('one task alone gets the sentence that nothing else can answer for it', () => {
  const report = judge(evidenceOf([...calm(), badGateway('no-registered-targets', { balancer: { target: undefined } })], { options: { tasks: 1 } }));

  assert.match(report.summary, /One task alone: nothing else can answer/);
});

test('an app that cannot be started exits 2 with the reason of the lab', () => {
  const failure = { of: 'app', kind: 'never-listened', message: 'Nothing listened on port 40001 within 30 s.', taskId: 'task-1' } as const;

  const report = judge(evidence({ run: labRun({ failure, load: undefined, balancer: undefined }) }));

  assert.equal(report.verdict, 'app-failed');
  assert.equal(report.exitCode, 2);
  assert.equal(report.summary, failure.message);
});

test('a fault of the lab is void and exits 3', () => {
  const failure = { of: 'lab', kind: 'balancer-failed', message: 'The balancer process ended.', taskId: undefined } as const;

  const report = judge(evidence({ run: labRun({ failure }) }));

  assert.equal(report.verdict, 'void');
  assert.equal(report.exitCode, 3);
});

test('Ctrl-C exits 130 whatever was lost before it', () => {
  const report = judge(evidenceOf([badGateway('target-refused')], { run: { cancelled: true, load: undefined } }));

  assert.equal(report.verdict, 'cancelled');
  assert.equal(report.exitCode, 130);
});

for (const [lateness, verdict, valid] of [
  [10, 'clean', true],
  [10.5, 'clean', false],
  [250, 'clean', false],
  [251, 'void', false],
] as const) {
  test(`p99 lateness of ${lateness} ms: verdict ${verdict}, latency figures ${valid ? 'valid' : 'void'}`, () => {
    const exchanges = calm();
    const load = { ...loadSummary(exchanges.length), latenessMs: { p50: 1, p99: lateness, max: 400 } };

    const report = judge(evidenceOf(exchanges, { run: { load } }));

    assert.equal(report.verdict, verdict);
    assert.equal(report.latency.valid, valid);
    assert.equal(
      report.warnings.some((warning) => warning.startsWith('The latency figures are void')),
      !valid,
    );
  });
}

for (const which of ['balancer', 'load'] as const) {
  test(`a stall of more than 400 ms in the event loop of the ${which} voids the run, 400 ms do not`, () => {
    const exchanges = calm();
    const stalled = (maxLoopDelayMs: number): string =>
      judge(
        evidenceOf(exchanges, {
          run:
            which === 'load'
              ? { load: { ...loadSummary(exchanges.length), maxLoopDelayMs } }
              : { balancer: { type: 'stopped', requests: 0, cpuMs: 1, maxLoopDelayMs } },
        }),
      ).verdict;

    assert.equal(stalled(400), 'clean');
    assert.equal(stalled(401), 'void');
  });
}

test('planned, sent and ended must be equal, or the run is void', () => {
  const exchanges = calm();
  const whole = loadSummary(exchanges.length);
  for (const load of [
    { ...whole, planned: whole.planned + 1 },
    { ...whole, sent: whole.sent + 1 },
    { ...whole, ended: whole.ended + 1 },
    { ...whole, planned: whole.planned + 1, sent: whole.sent + 1 },
  ]) {
    assert.equal(judge(evidenceOf(exchanges, { run: { load } })).exitCode, 3);
  }
});

test('a missing client record voids the run', () => {
  const exchanges = calm();

  const report = judge(evidenceOf(exchanges.slice(1), { run: { load: loadSummary(exchanges.length) } }));

  assert.equal(report.verdict, 'void');
  assert.match(report.summary, /59 requests on record, 60 ended/);
});

test('a client record that came twice voids the run and is counted once', () => {
  const exchanges = calm();
  const [first] = exchanges;
  assert.ok(first);

  const report = judge(evidenceOf([...exchanges, first], { run: { load: loadSummary(exchanges.length) } }));

  assert.equal(report.verdict, 'void');
  assert.equal(report.requests.total, 60);
});

test('a run in which the schedule asked for an interruption and none came is void', () => {
  const report = judge(evidenceOf(calm(), { run: { tasks: [labTask()] } }));

  assert.equal(report.verdict, 'void');
});

test('a task that crashed before any interruption came is a loss, not a void run', () => {
  const report = judge(evidenceOf(calm(), { run: { tasks: [labTask({ crashed: true, exitedAt: START + 2000, exitCode: 1 })] } }));

  assert.deepEqual([report.verdict, report.exitCode], ['lost', 1]);
});

test('latency counts from the intended time, apart for each phase', () => {
  const late = (at: number, tookMs: number): Exchange => exchange({ at, tookMs, client: { intendedAt: START + at - 30 } });

  const { latency } = judge(evidenceOf([late(3000, 10), late(3100, 20), late(7000, 70), late(7100, 970)]));

  assert.equal(latency.control?.p50Ms, 40);
  assert.equal(latency.control?.maxMs, 50);
  assert.equal(latency.interruption?.p99Ms, 1000);
  assert.deepEqual(
    latency.series.map(({ at, answered }) => [at, answered]),
    [
      [2000, 1],
      [3000, 1],
      [4000, 0],
      [5000, 0],
      [6000, 1],
      [7000, 1],
    ],
  );
});

test('the seconds of the curves are counted from the first request', () => {
  const phases = { controlAt: START + 2400, interruptionAt: INTERRUPTION, finishingAt: undefined, loadDoneAt: undefined };

  const report = judge(evidenceOf([exchange({ at: 2500 }), exchange({ at: 3300 }), exchange({ at: 3500 })], { run: { phases } }));

  assert.deepEqual(
    report.latency.series.map(({ at, answered }) => [at, answered]),
    [
      [2400, 2],
      [3400, 1],
    ],
  );
  assert.deepEqual(
    report.tasks[0]?.traffic.map(({ at, answered }) => [at, answered]),
    [
      [2400, 2],
      [3400, 1],
    ],
  );
});

test('a task report says when each node left and what the task served and lost', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-refused', { at: 9100, client: { node: 'b' }, balancer: { node: 'b' } })]));

  const [task] = report.tasks;
  assert.ok(task);
  assert.equal(task.sigtermAt, 5000);
  assert.deepEqual(task.leftBalancer, [
    { node: 'a', at: 9001, why: 'deregistered' },
    { node: 'b', at: 9301, why: 'deregistered' },
  ]);
  assert.equal(task.served, 20);
  assert.equal(task.lost, 1);
  assert.equal(
    task.traffic.reduce((sum, { answered, lost }) => sum + answered + lost, 0),
    21,
  );
});

test('a node that took a target out for bad health is said to have done so', () => {
  const run = labRun();
  const unhealthy = { type: 'target-health', node: 'a', targetId: 'task-1', state: 'unhealthy', reason: undefined, at: INTERRUPTION + 2000 } as const;

  const report = judge(evidenceOf(calm(), { run: { targetHealth: [...run.targetHealth, unhealthy], targetDraining: [] } }));

  assert.deepEqual(report.tasks[0]?.leftBalancer, [{ node: 'a', at: 7000, why: 'unhealthy' }]);
});

test('few requests since the interruption, a delay above the stop timeout and a slow health check are each warned of', () => {
  const { balancer } = labRun().options;
  const report = judge(
    evidenceOf(calm(10), {
      options: {
        balancer: { ...balancer, deregistrationDelayMs: 300_000, healthCheck: { ...balancer.healthCheck, intervalMs: 30_000 } },
      },
    }),
  );

  for (const words of ['too few to prove much', 'deregistration delay (300 s)', 'Health checks need 60 s', 'got no new request after SIGTERM']) {
    assert.ok(
      report.warnings.some((warning) => warning.includes(words)),
      `${words} in ${JSON.stringify(report.warnings)}`,
    );
  }
});

test('a good run under good settings has no warning', () => {
  assert.deepEqual(judge(evidenceOf(calm())).warnings, []);
});

test('the sentences of the lab itself come first', () => {
  const report = judge(evidenceOf(calm(10), { run: { warnings: ['The port was taken once.'] } }));

  assert.equal(report.warnings[0], 'The port was taken once.');
});

test('the list of losses is cut at 1000, the count is not', () => {
  const report = judge(evidenceOf(Array.from({ length: 1200 }, () => badGateway('target-refused'))));

  assert.equal(report.requests.lost, 1200);
  assert.equal(report.losses.length, 1000);
});

test('the report is plain JSON and says the same after a trip through it', () => {
  const report = judge(evidenceOf([...calm(), badGateway('target-rst')]));
  const again: unknown = JSON.parse(JSON.stringify(report));

  assert.deepEqual(JSON.parse(JSON.stringify(again)), again);
  assert.equal(JSON.stringify(again), JSON.stringify(report));
});

test('every request is counted exactly once, whatever was recorded, and each loss has one blame', () => {
  const arbitraryExchange = fc
    .record({
      at: fc.integer({ min: 0, max: 24_000 }),
      tookMs: fc.integer({ min: 0, max: 30_000 }),
      outcome: fc.constantFrom(...OUTCOMES),
      status: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
      answeredBy: fc.constantFrom('app', 'balancer', undefined),
      name: fc.constantFrom('GET /', 'POST /orders'),
      method: fc.constantFrom('GET', 'POST', 'PATCH'),
      node: fc.constantFrom('a', 'b'),
      connection: fc.constantFrom('fresh', 'reused'),
      known: fc.boolean(),
      target: fc.constantFrom('task-1', 'task-2', 'task-3', 'nobody', undefined),
      targetStatus: fc.option(fc.integer({ min: 200, max: 599 }), { nil: undefined }),
      cause: fc.option(fc.constantFrom(...BALANCER_CAUSES), { nil: undefined }),
      idleMs: fc.option(fc.integer({ min: 0, max: 70_000 }), { nil: undefined }),
    })
    .map(({ at, tookMs, outcome, status, answeredBy, name, method, node, connection, known, target, targetStatus, cause, idleMs }) =>
      exchange({
        at,
        tookMs,
        client: { outcome, status, answeredBy, name, method, node, connection },
        balancer: known ? { node, target, targetStatus, cause, idleMs, connection } : 'none',
      }),
    );
  const arbitraryTasks = fc.constantFrom(
    [interruptedTask(), labTask({ name: 'task-2' }), labTask({ name: 'task-3' })],
    [interruptedTask({ listenerClosedAt: INTERRUPTION + 100, killed: true, sigkillAt: START + 20_000, exitedAt: START + 20_000 })],
    [interruptedTask({ exitedAt: INTERRUPTION + 20, exitSignal: 'SIGTERM' }), labTask({ name: 'task-2', crashed: true, exitedAt: START + 9000 })],
    [interruptedTask({ drainReport: {}, listenerClosedAt: undefined, exitedAt: undefined }), labTask({ name: 'task-3', listeningAt: undefined })],
  );

  fc.assert(
    fc.property(fc.array(arbitraryExchange, { maxLength: 60 }), arbitraryTasks, fc.boolean(), (exchanges, tasks, strict) => {
      const report = judge(evidenceOf(exchanges, { run: { tasks }, strict }));

      const { answered, tolerated, lost, lostInControl, lostWithOneRetry, total, byClass } = report.requests;
      assert.equal(answered + tolerated + lost + lostInControl, total);
      assert.equal(total, exchanges.length);
      assert.equal(
        Object.values(byClass).reduce((sum, n) => sum + n, 0),
        total,
      );
      assert.ok(lostWithOneRetry <= lost);
      assert.equal(
        report.blame.reduce((sum, { count }) => sum + count, 0),
        lost + lostInControl,
      );
      assert.equal(new Set(report.losses.map(({ id }) => id)).size, lost + lostInControl);
      assert.equal(
        report.latency.series.reduce((sum, point) => sum + point.answered + point.lost, 0),
        answered + lost + lostInControl,
      );
      for (const { sentence } of report.blame) assert.doesNotMatch(sentence, /NaN|Infinity|undefined|\[object/);
    }),
    { numRuns: 300 },
  );
});

test('what the runtime in several tasks warns of is said once, with their names', () => {
  const drainReport = { outcome: 'drained', warnings: ['keepAliveTimeout is 5 s.'] };
  const tasks = [
    interruptedTask({ drainReport }),
    interruptedTask({ name: 'task-2', drainReport }),
    labTask({ name: 'task-3', drainReport: 'torn' }),
  ];

  const { warnings } = judge(evidenceOf(calm(), { run: { tasks } }));

  assert.deepEqual(
    warnings.filter((warning) => warning.includes('keepAliveTimeout')),
    ['task-1 and task-2: keepAliveTimeout is 5 s.'],
  );
});

function appError(status: number, parts: { readonly at: number; readonly name?: string }): Exchange {
  return exchange({
    at: parts.at,
    client: { outcome: 'bad-status', status, answeredBy: 'app', ...(parts.name === undefined ? {} : { name: parts.name }) },
  });
}
