import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../src/verdict/judge.ts';
import type { LabOptions, LabTask } from '../../src/verdict/lab-run.ts';
import type { BlameEntry, LabReport } from '../../src/verdict/report-document.ts';
import { badGateway, calm, evidenceOf, exchange, INTERRUPTION, interruptedTask, labTask, START, type Exchange } from '../support/sample-run.ts';

test('a listener that closes before the balancer has let go is blamed with both times and the node', () => {
  const losses = [5300, 6000, 8300].map((at) => badGateway('target-refused', { at, tookMs: 1, balancer: { node: 'node-b' } }));

  const blame = blameFor(losses, [interruptedTask({ listenerClosedAt: INTERRUPTION + 200, exitedAt: INTERRUPTION + 20_000 })]);

  assert.equal(blame.count, 3);
  assert.equal(blame.sentence, "task-1's listener closed 0.2 s after SIGTERM; node-b still sent for 3.1 s.");
  assert.match(blame.fix ?? '', /keep the listener open.*--protect/i);
});

test('a node that stopped sending before the listener closed is not named', () => {
  const early = exchange({ at: 5100, tookMs: 5, client: { node: 'node-a' }, balancer: { node: 'node-a' } });
  const loss = badGateway('target-refused', { at: 8300, tookMs: 1, balancer: { node: 'node-b' } });

  const { blame } = report([early, loss], [interruptedTask({ listenerClosedAt: INTERRUPTION + 200, exitedAt: INTERRUPTION + 20_000 })]);

  assert.equal(blame[0]?.sentence, "task-1's listener closed 0.2 s after SIGTERM; node-b still sent for 3.1 s.");
});

test('an app that is protected already is not told to try --protect', () => {
  const blame = blameFor(
    [badGateway('target-refused', { at: 5300 })],
    [interruptedTask({ listenerClosedAt: INTERRUPTION + 200, exitedAt: INTERRUPTION + 20_000 })],
    { protect: true },
  );

  assert.doesNotMatch(blame.fix ?? '', /--protect/);
});

test('requests refused because the process was gone are blamed on its exit, not on its listener', () => {
  const losses = [6000, 8000].map((at) => badGateway('target-refused', { at, tookMs: 1 }));

  const blame = blameFor(losses, [interruptedTask({ listenerClosedAt: INTERRUPTION + 690, exitedAt: INTERRUPTION + 700 })]);

  assert.equal(blame.sentence, 'task-1 exited 0.7 s after SIGTERM; node a still sent for 2.3 s.');
});

test('without an observation of the listener the first refusal tells when it was closed', () => {
  const blame = blameFor([badGateway('target-refused', { at: 5400 })], [interruptedTask({ listenerClosedAt: undefined })]);

  assert.match(blame.sentence, /listener closed 0\.4 s after SIGTERM/);
});

test('the idle race names the age of the connection and a keepAliveTimeout of 65 s', () => {
  const losses = [4990, 5003, 5010].map((idleMs) =>
    badGateway('target-fin', { at: 12_000, tookMs: 4, balancer: { target: 'task-2', connection: 'reused', idleMs } }),
  );

  const blame = blameFor(losses);

  assert.match(blame.sentence, /task-2 closed keep-alive connections that had been idle for about 5 s .* keeps them for 60 s/);
  assert.match(blame.fix ?? '', /keepAliveTimeout = 65000/);
});

test('a task that still listens after SIGTERM keeps to its keep-alive timeout, so that is blamed', () => {
  const loss = badGateway('target-fin', { at: 8000, tookMs: 4, balancer: { connection: 'reused', idleMs: 1004 } });

  assert.match(blameFor([loss], [interruptedTask()]).sentence, /idle for about 1 s/);
  assert.match(blameFor([loss], [interruptedTask({ listenerClosedAt: INTERRUPTION + 100 })]).sentence, /closed idle connections 3 s after SIGTERM/);
});

test('a reset on a connection that was busy a moment ago is not called an idle race', () => {
  const blame = blameFor([badGateway('target-rst', { at: 12_000, tookMs: 4, balancer: { target: 'task-2', connection: 'reused', idleMs: 3 } })]);

  assert.match(blame.sentence, /^No cause found/);
});

test('an exit with requests in flight says when, and how many were in the middle of their answer', () => {
  const losses = [
    badGateway('target-rst', { at: 6500, tookMs: 1500 }),
    exchange({ at: 5500, tookMs: 2500, client: { outcome: 'truncated-rst' }, balancer: { cause: 'target-rst-in-body' } }),
  ];

  const blame = blameFor(losses, [interruptedTask({ listenerClosedAt: INTERRUPTION + 2950, exitedAt: INTERRUPTION + 3000 })]);

  assert.equal(blame.sentence, 'task-1 exited 3 s after SIGTERM with 2 in flight, 1 in the middle of its answer.');
  assert.match(blame.fix ?? '', /process\.exit/);
});

test('a SIGKILL at the stop timeout says how many were in flight', () => {
  const end = INTERRUPTION + 30_000;
  const losses = [badGateway('target-rst', { at: 20_000, tookMs: 15_000 }), badGateway('target-fin', { at: 21_000, tookMs: 14_000 })];

  const blame = blameFor(losses, [interruptedTask({ listenerClosedAt: INTERRUPTION + 200, killed: true, sigkillAt: end, exitedAt: end })]);

  assert.equal(blame.sentence, 'task-1 was SIGKILLed at the end of its stop timeout of 30 s with 2 in flight.');
  assert.match(blame.fix ?? '', /Raise `stopTimeout` from 30 s \(Fargate allows 120 s\)/);
});

test('at 120 s nobody is told to raise the stop timeout further', () => {
  const end = INTERRUPTION + 120_000;

  const blame = blameFor(
    [badGateway('target-rst', { at: 20_000, tookMs: 105_000 })],
    [interruptedTask({ listenerClosedAt: INTERRUPTION + 200, killed: true, sigkillAt: end, exitedAt: end })],
    { stopTimeoutMs: 120_000 },
  );

  assert.match(blame.fix ?? '', /120 s is all that Fargate gives/);
});

test('an app without a SIGTERM handler that SIGKILL found still serving did not hear the signal', () => {
  const end = INTERRUPTION + 30_000;

  const blame = blameFor(
    [badGateway('target-rst', { at: 34_000, tookMs: 1000 })],
    [interruptedTask({ listenerClosedAt: end, killed: true, sigkillAt: end, exitedAt: end })],
  );

  assert.match(blame.sentence, /nothing reacted to SIGTERM .*; it was SIGKILLed 30 s after SIGTERM with 1 in flight/);
});

for (const [command, words] of [
  [['sh', '-c', 'node server.js'], /`sh -c` is the first process and did not pass SIGTERM on/],
  [['node', '--run', 'start'], /`node --run` is the first process/],
  [['/usr/bin/bash', 'start.sh'], /`bash` is the first process/],
] as const) {
  test(`${command.join(' ')}: a shell as first process is named as what swallowed SIGTERM`, () => {
    const end = INTERRUPTION + 30_000;

    const blame = blameFor(
      [badGateway('target-rst', { at: 34_000, tookMs: 1000 })],
      [
        interruptedTask({
          listenerClosedAt: undefined,
          killed: true,
          firstProcess: command[0].split('/').at(-1),
          handlesSigterm: false,
          sigkillAt: end,
          exitedAt: end,
        }),
      ],
      { command },
    );

    assert.match(blame.sentence, words);
    assert.match(blame.fix ?? '', /first process of its container: CMD/);
  });
}

test('npm as first process is named when the app went down with it', () => {
  const gone = INTERRUPTION + 600;
  const losses = [badGateway('target-rst', { at: 5400, tookMs: 200 }), badGateway('target-refused', { at: 8000, tookMs: 1 })];

  const blame = blameFor(losses, [interruptedTask({ listenerClosedAt: gone, exitedAt: gone, exitCode: 1 })], { command: ['npm', 'start'] });

  assert.match(
    blame.sentence,
    /SIGTERM went to `npm start`, the first process, and the app went down with it at once; it was gone 0\.6 s after SIGTERM with 1 in flight, and node a still sent for 2\.4 s/,
  );
});

test('`exec` in a shell is not blamed on the shell', () => {
  const gone = INTERRUPTION + 600;

  const blame = blameFor(
    [badGateway('target-rst', { at: 5400, tookMs: 200 })],
    [interruptedTask({ listenerClosedAt: gone, exitedAt: gone, exitCode: 0 })],
    {
      command: ['sh', '-c', 'migrate && exec node server.js'],
    },
  );

  assert.match(blame.sentence, /^task-1 exited 0\.6 s after SIGTERM with 1 in flight/);
});

test('the default action of SIGTERM is told from an exit of the app', () => {
  const gone = INTERRUPTION + 20;

  const blame = blameFor(
    [badGateway('target-rst', { at: 4990, tookMs: 35 })],
    [interruptedTask({ listenerClosedAt: gone, exitedAt: gone, exitSignal: 'SIGTERM', exitCode: undefined })],
  );

  assert.match(blame.sentence, /SIGTERM ended the process at once, as it does where nothing handles it/);
});

test('a 503 of the app in its shutdown is told from one of the balancer', () => {
  const losses = [5100, 7000].map((at) => exchange({ at, client: { outcome: 'bad-status', status: 503, answeredBy: 'app' } }));

  const blame = blameFor(losses);

  assert.equal(blame.sentence, 'task-1 itself answered 503 in its shutdown, 0.1 to 2 s after SIGTERM; node a still sent for 2 s.');
  assert.match(blame.fix ?? '', /return503OnClosing: false/);
});

test('a 500 after SIGTERM points at what was closed too early', () => {
  const blame = blameFor([exchange({ at: 7000, client: { outcome: 'bad-status', status: 500, answeredBy: 'app' } })]);

  assert.match(blame.sentence, /task-1 answered 500, 2 s after SIGTERM; it gave no such answer to GET \/ before/);
  assert.match(blame.fix ?? '', /database pools/);
});

test('that an app gave no such answer before is said of the kinds of requests that it is true of', () => {
  const bad = (name: string, at: number): Exchange => exchange({ at, client: { name, outcome: 'bad-status', status: 500, answeredBy: 'app' } });

  const { blame } = report([bad('search', 2500), bad('search', 7000), bad('order', 7000), bad('list', 7500)], [interruptedTask()]);

  assert.deepEqual(
    blame.map(({ count, sentence }) => [count, sentence]),
    [[2, 'task-1 answered 500, 2 to 2.5 s after SIGTERM; it gave no such answer to order and list before.']],
  );
});

test('a 500 of a task that was not told to stop says so', () => {
  const blame = blameFor([exchange({ at: 7000, client: { outcome: 'bad-status', status: 500 }, balancer: { target: 'task-2' } })]);

  assert.match(blame.sentence, /task-2 answered 500 although it had not been told to stop/);
});

test('a balancer without any target says for how long and why', () => {
  const all = ['task-1', 'task-2', 'task-3'].map((name) => interruptedTask({ name, deregisteredAt: INTERRUPTION }));
  const replacement = labTask({ name: 'task-4', registeredAt: START + 9900, listeningAt: START + 9800 });
  const losses = [5900, 7000].map((at) =>
    exchange({
      at,
      tookMs: 1,
      client: { outcome: 'bad-status', status: 503, answeredBy: 'balancer' },
      balancer: { target: undefined, sentAt: undefined, cause: 'no-registered-targets', targetStatus: undefined },
    }),
  );

  const blame = blameFor(losses, [...all, replacement]);

  assert.equal(blame.sentence, 'The balancer had no target at all for 4.2 s, until a replacement was ready: 3 of 3 tasks had been taken back.');
  assert.match(blame.fix ?? '', /`FARGATE` and a `base`/);
});

test('a deregistration delay that ends in the middle of a request is named with both durations', () => {
  const blame = blameFor([badGateway('deregistration-delay-elapsed', { at: 5000, tookMs: 24_000 })]);

  assert.match(blame.sentence, /deregistration delay of 20 s ended while task-1 was still answering; the longest .* running for 24 s/);
  assert.match(blame.fix ?? '', /shorter than the stop timeout \(30 s\)/);
});

test('a hang says how long the client waited', () => {
  const blame = blameFor([
    exchange({ at: 7000, tookMs: 10_000, client: { outcome: 'timed-out', status: undefined }, balancer: { endedAt: START + 17_000 } }),
  ]);

  assert.match(blame.sentence, /task-1 took the requests and gave no complete answer within 10 s; 1 was sent after SIGTERM/);
});

test('a hang that the balancer ended is not blamed on the patience of the client', () => {
  const idle = blameFor([badGateway('target-idle-timeout', { at: 7000, tookMs: 60_000, balancer: { target: 'task-2', status: 504 } })]);
  const deaf = blameFor([badGateway('target-connect-timeout', { at: 7000, tookMs: 10_000, balancer: { target: 'task-2', status: 504 } })]);

  assert.match(idle.fix ?? '', /idle timeout of the load balancer \(60 s\)/);
  for (const { fix } of [idle, deaf]) assert.doesNotMatch(fix ?? '', /timeoutMs/);
});

test('a crash is told with its exit code, what was in flight and the last words', () => {
  const tasks = [
    interruptedTask(),
    labTask({
      name: 'task-2',
      crashed: true,
      exitedAt: START + 9000,
      exitCode: 7,
      output: ['TypeError: nothing is undefined', '    at server.js:3', '', 'Node.js v24.21.0', ''],
    }),
  ];
  const losses = [
    badGateway('target-rst', { at: 8500, tookMs: 500, balancer: { target: 'task-2' } }),
    badGateway('target-refused', { at: 10_500, tookMs: 1, balancer: { target: 'task-2' } }),
  ];

  const blame = blameFor(losses, tasks);

  assert.equal(blame.sentence, 'task-2 ended by itself, with exit code 7, 7 s into the load with 1 in flight; node a still sent for 1.5 s.');
  assert.match(blame.fix ?? '', /TypeError: nothing is undefined/);
});

test('garbage and a head that is too large are told apart', () => {
  assert.match(blameFor([badGateway('target-malformed')]).sentence, /bytes that are not an HTTP response/);
  assert.match(blameFor([badGateway('target-head-too-large')]).sentence, /more than 32 KiB/);
});

test('a wrong body is told with what was expected', () => {
  const blame = blameFor([exchange({ client: { outcome: 'wrong-body', detail: 'expected the SHA-1 of the upload' } })]);

  assert.match(blame.sentence, /wrong body: expected the SHA-1 of the upload/);
});

test('connections reset out of the accept queue are told from refused ones', () => {
  const blame = blameFor(
    [badGateway('target-rst', { at: 5190, tookMs: 15, balancer: { connection: 'fresh', idleMs: undefined } })],
    [interruptedTask({ listenerClosedAt: INTERRUPTION + 200, exitedAt: INTERRUPTION + 9000 })],
  );

  assert.match(blame.sentence, /listener closed 0\.2 s after SIGTERM while connections that the kernel had already completed waited/);
});

test('idle connections closed in the shutdown are told from requests cut off in flight', () => {
  const tasks = [interruptedTask({ listenerClosedAt: INTERRUPTION + 10, exitedAt: INTERRUPTION + 9000 })];

  const idle = blameFor([badGateway('target-fin', { at: 5100, tookMs: 2 })], tasks);
  const cut = blameFor([badGateway('target-rst', { at: 5100, tookMs: 900 })], tasks);

  assert.match(idle.sentence, /closed idle connections 0\.1 s after SIGTERM, while the balancer still used them/);
  assert.match(cut.sentence, /cut connections 1 s after SIGTERM with 1 in flight; the longest had been running for 0\.9 s/);
});

test('a protected task that ran out of time is told so, with the age of the request', () => {
  const blame = blameFor(
    [badGateway('target-rst', { at: 4800, tookMs: 28_200 })],
    [interruptedTask({ drainReport: { outcome: 'deadline' }, exitedAt: INTERRUPTION + 28_100, exitCode: 1 })],
  );

  assert.match(
    blame.sentence,
    /task-1 ran out of time 28 s after SIGTERM \(stop timeout 30 s\) with 1 in flight; the longest had been running for 28\.2 s/,
  );
  assert.match(blame.fix ?? '', /Raise `stopTimeout`/);
});

test('a protected task that nobody told its 120 s is told how to learn of them', () => {
  const blame = blameFor(
    [badGateway('target-rst', { at: 4800, tookMs: 28_200 })],
    [interruptedTask({ drainReport: { outcome: 'deadline' }, exitedAt: INTERRUPTION + 28_100, exitCode: 1 })],
    { stopTimeoutMs: 120_000 },
  );

  assert.match(blame.fix ?? '', /SPOTPROOF_STOP_TIMEOUT=120/);
});

test('what has no cause in the facts is said to have none, with what is known', () => {
  const blame = blameFor([
    exchange({ at: 7000, client: { outcome: 'no-response-rst', status: undefined, answeredBy: undefined }, balancer: 'none' }),
  ]);

  assert.equal(
    blame.sentence,
    'No cause found. What is known: the client saw no-response-rst, the balancer noted nothing at all, no target was chosen, node a, first 5 s into the load.',
  );
  assert.equal(blame.fix, undefined);
});

test('two tasks and two causes make separate entries, the largest first', () => {
  const tasks = ['task-1', 'task-2'].map((name) => interruptedTask({ name, listenerClosedAt: INTERRUPTION + 200, exitedAt: INTERRUPTION + 9000 }));
  const refused = (target: string): Exchange => badGateway('target-refused', { at: 6000, balancer: { target } });

  const { blame } = report(
    [refused('task-1'), refused('task-2'), refused('task-2'), badGateway('target-malformed', { balancer: { target: 'task-2' } })],
    tasks,
  );

  assert.deepEqual(
    blame.map(({ taskId, count }) => [taskId, count]),
    [
      ['task-2', 2],
      ['task-1', 1],
      ['task-2', 1],
    ],
  );
});

/** The one cause that these losses, and nothing else, are put down to. */
function blameFor(losses: readonly Exchange[], tasks?: readonly LabTask[], options?: Partial<LabOptions>): BlameEntry {
  const { blame, requests } = report(losses, tasks, options);
  assert.equal(requests.lost, losses.length);
  const [entry] = blame;
  assert.ok(entry);
  assert.equal(blame.length, 1, JSON.stringify(blame));
  assert.equal(entry.count, losses.length);
  return entry;
}

function report(losses: readonly Exchange[], tasks?: readonly LabTask[], options?: Partial<LabOptions>): LabReport {
  // Calm traffic goes to other tasks only, so that it does not move the last request to the one that is judged.
  const others = calm().filter(({ balancer }) => balancer?.target === 'task-3');
  const run = tasks === undefined ? {} : { tasks };
  return judge(evidenceOf([...others, ...losses], { run, ...(options === undefined ? {} : { options }) }));
}
