/** The libraries beside ours, with the version that was looked at. */
export const PEERS = [
  { name: 'terminus', version: '@godaddy/terminus 4.12.1' },
  { name: 'lightship', version: 'lightship 9.0.3' },
  { name: 'http-terminator', version: 'http-terminator 3.2.0' },
  { name: 'stoppable', version: 'stoppable 1.1.0' },
  { name: 'close-with-grace', version: 'close-with-grace 2.5.0 with fastify 5.12.8' },
  { name: 'http-graceful-shutdown', version: 'http-graceful-shutdown 4.0.0' },
  { name: 'fastify-graceful-shutdown', version: 'fastify-graceful-shutdown 5.0.0' },
  { name: 'http-close', version: 'http-close 1.0.0 (http-shutdown 1.2.2 is alike)' },
  { name: 'Nest', version: 'NestJS 12.5.1, `enableShutdownHooks()` and @nestjs/terminus 12.1.0' },
  { name: 'Next.js', version: 'Next.js 16.4.6' },
  { name: 'srvx', version: 'srvx 1.0.8, under h3 2 and Nitro 3' },
] as const;

export interface MatrixRow {
  readonly feature: string;
  readonly ours: OurCell;
  /** One cell for each of `PEERS`, in their order; it begins with ✔ (yes), ◐ (partly) or ✘ (no) where the question has such an answer. */
  readonly peers: readonly string[];
}

export interface OurCell {
  readonly verdict: 'yes' | 'partly' | 'no';
  /** What is partly so, or what there is instead. May be left out for a plain yes. */
  readonly words?: string;
  /** The tests that hold it. */
  readonly heldBy: readonly HoldingTest[];
}

/** A test file, and a part of a title in it: a test that is taken away takes its tick along. */
export interface HoldingTest {
  readonly file: string;
  readonly title: string;
}

export const MATRIX: readonly MatrixRow[] = [
  {
    feature: 'readiness fails before the listener closes',
    ours: yes('', runtime('health.process', 'readiness turns from 200 to 503 at SIGTERM')),
    peers: [
      '◐ same tick, unless `beforeShutdown` sleeps',
      '✔ own port, a random one on ECS (1)',
      ...none(6),
      '◐ with `gracefulShutdownTimeoutMs`',
      ...none(2),
    ],
  },
  {
    feature: 'goes on serving after SIGTERM',
    ours: yes('12 s at least at 30 s', runtime('linger.process', 'a new connection is served')),
    peers: [
      '◐ `beforeShutdown`',
      '✔ 5 s on Kubernetes, 0 on ECS (1)',
      ...none(3),
      '◐ `preShutdown`',
      '◐ in a handler',
      '✘',
      '◐ `gracefulShutdownTimeoutMs`',
      ...none(2),
    ],
  },
  {
    feature: 'that time follows the traffic',
    ours: yes('', core('linger', 'a target with a request every two seconds waits seven of those gaps')),
    peers: none(11),
  },
  {
    feature: 'new connections in the drain, by default',
    ours: yes('served', runtime('adapters/frameworks.process', 'loses no request')),
    peers: ['refused', 'refused', 'accepted, then reset', ...Array.from({ length: 8 }, () => 'refused')],
  },
  {
    feature: '`Connection: close` on answers in flight',
    ours: yes('', runtime('linger.process', 'an answer in flight at SIGTERM whose head is not written yet closes its connection')),
    peers: ['✘ keep-alive, then FIN', '✘', '✔', '✘', '✘', '✔', '✘', '✔', ...none(3)],
  },
  {
    feature: '`Connection: close` on later answers',
    ours: yes('', runtime('linger.process', 'its answer says Connection: close')),
    peers: ['✘', '✘', '✔ unless the head is out at once', '✘', '✔ but as a 503', '✔', '✔ as a 503', '✘', '◐ as a 503, by option', ...none(2)],
  },
  {
    feature: 'idle kept connections are closed',
    ours: yes('with FIN, when the linger is over', runtime('linger.process', 'is closed with FIN at the end')),
    peers: [
      '✔ at once',
      'by Node',
      '✔ destroyed',
      '✔ with FIN',
      'by Node ≥ 19',
      '✔ destroyed',
      'by Node',
      '✔ destroyed',
      'by Node; all with `forceCloseConnections`',
      'by Node',
      'by Node',
    ],
  },
  {
    feature: 'connections that never spoke are closed',
    ours: yes('', runtime('hostile/peers.process', 'sockets that never sent a byte')),
    peers: ['✔', '✘', '✔', '✔', '✘', '✔', '✘', '✔', ...none(2), '◐ after its timeout'],
  },
  {
    feature: 'accept queue emptied before the listener closes',
    ours: yes('', runtime('accept-queue.process', '20 of 20 are served')),
    peers: none(11),
  },
  {
    feature: 'HTTP/2 GOAWAY',
    ours: yes('two; one over TLS', runtime('http2/http2.process', 'a stream in flight at SIGTERM is finished, the client is told to leave')),
    peers: [
      '✘ cuts streams in flight',
      '✘',
      '✘ hangs',
      '✘ cuts streams in flight',
      '◐ Node 24, or with `forceCloseConnections: true`',
      '◐ Node 24',
      '◐ as Fastify',
      ...none(3),
      '◐ Node 24',
    ],
  },
  {
    feature: 'WebSockets get 1001 or 1012, after a hook of the app',
    ours: yes(
      '`ws`, Socket.IO',
      runtime('adapters/web-sockets.process', 'each then gets 1012 after its last message'),
      runtime('adapters/socket-io.process', 'get 1012 spread over at least two seconds'),
    ),
    peers: [
      '✘ 1006 after 10 ms',
      '✘ 1006',
      '✘ 1006 after 6 ms',
      '✘ 1006 after 27 ms',
      '✘ 1006 after 10 s',
      '✘ 1006 after 6 ms',
      ...none(2),
      '◐ gateways are closed; code not checked',
      '✘ never closed',
      '✘',
    ],
  },
  {
    feature: 'Server-Sent Events are told to reconnect, in a bounded time',
    ours: yes('with its adapter', runtime('adapters/event-streams.process', 'then end completely with a retry field')),
    peers: ['✘ cut', '✘', '✘ cut', '✘', '✘ waits', '✘ cut at the timeout', ...none(3), '✘ waits for ever', '✘'],
  },
  {
    feature: 'requests in flight can be read',
    ours: yes('`life.inFlight`', runtime('http2/http2.process', 'streams in flight are counted before the drain')),
    peers: ['✘', '◐ beacons, by hand', '✘', '◐ `_pendingSockets`', ...none(7)],
  },
  {
    feature: 'how long requests in flight get, by default',
    ours: yes('25.5 s of 30, then a signal', core('schedule', 'the default stop timeout of 30 s gives 18, 25.5')),
    peers: [
      '1 s, then destroyed',
      '5 s, then `exit(1)`',
      '1 s (its README says 5)',
      'without end',
      '10 s, then `exit(1)`',
      '30 s',
      '10 s',
      '5 s idle',
      'without end',
      'without end',
      '5 s',
    ],
  },
  {
    feature: 'each hook has a deadline',
    ours: yes('', runtime('hostile/hooks.process', 'that throw, reject, hang or use up their share are reported')),
    peers: ['✘', '◐ one for all', '–', '–', '◐ one for the callback', ...none(2), '–', ...none(2), '–'],
  },
  {
    feature: 'one budget for everything',
    ours: yes('', core('properties', 'exits within its budget')),
    peers: ['✘', '◐ two timers, not added', '✔', '✔', '✔ `delay`', '✔', '✔', '◐', ...none(2), '✔'],
  },
  {
    feature: 'ordered phases',
    ours: yes('eight', core('properties', 'phases only move forward')),
    peers: [
      '◐ four callbacks',
      '◐ handlers in a row',
      ...none(3),
      '◐ four steps',
      '✘ in parallel',
      '✘',
      '✔ four, in the wrong order (2)',
      ...none(2),
    ],
  },
  {
    feature: 'report of what was lost, by name',
    ours: yes('', runtime('endings.process', 'is the one loss: named')),
    peers: [...none(3), '◐ a boolean', ...none(7)],
  },
  {
    feature: 'second SIGTERM',
    ours: yes('ends the linger, loses nothing', runtime('hostile/signals.process', 'a second one ends the linger and not the answers in flight')),
    peers: [
      'ignored',
      'ignored',
      '–',
      '–',
      '`exit(1)` at once',
      '`exit(1)` at once',
      'dies',
      '–',
      'ignored',
      'ignored',
      'ignored; a second SIGINT forces',
    ],
  },
  {
    feature: '`uncaughtException` leads to a shutdown',
    ours: no('ends the process as Node does; `life.drain()` by hand'),
    peers: [...none(4), '✔ callback, then `exit(1)`', ...none(6)],
  },
  {
    feature: 'ends as PID 1',
    ours: yes('', { file: 'test/lab/zero-loss.lab.test.ts', title: 'nothing is lost' }),
    peers: [
      '✘ raises the signal again, which the kernel ignores, unless `useExit0`',
      '◐ `exit(1)` unless the loop empties within 1 s',
      'left to you',
      'left to you',
      '✔',
      '✔',
      '✔',
      'left to you',
      '✘ as terminus, unless `useProcessExit`',
      '✔ 143',
      '◐ never calls exit',
    ],
  },
  {
    feature: '`node:cluster`, worker threads',
    ours: yes(
      '',
      runtime('cluster.process', 'SIGTERM to the primary alone'),
      runtime('threads.process', 'servers in threads linger, finish and end'),
    ),
    peers: none(11),
  },
  {
    feature: 'queue consumers',
    ours: yes(
      'BullMQ, SQS, any other by `consumer()`',
      runtime('consumer.process', 'stops before anybody hears of the drain'),
      runtime('bullmq.process', 'takes no job from SIGTERM on'),
      runtime('sqs.process', 'strands nothing that its last poll brings'),
    ),
    peers: [
      '✘',
      '◐ beacons',
      ...none(2),
      'your callback',
      'your callback',
      'your callback',
      '✘',
      '◐ microservices, after the hooks',
      '✘',
      '`waitUntil`',
    ],
  },
  {
    feature: 'ECS task metadata, task scale-in protection',
    ours: yes('', runtime('platform/platform.process', 'the report names task, family and zone')),
    peers: none(11),
  },
  {
    feature: 'OpenTelemetry: metrics, flush with time of its own',
    ours: yes('', runtime('otel.process', 'gets how long the drain took, what was lost and the phase')),
    peers: [...none(9), '◐ traces only', '◐ `srvx/tracing`'],
  },
  {
    feature: 'handlers are told of the drain: signal and deadline',
    ours: yes('`life.context(request)`', runtime('consumer.process', 'both signals and the time left while draining')),
    peers: [...none(10), '✘ when the client leaves only'],
  },
  {
    feature: 'TypeScript types',
    ours: yes('written in it', { file: 'test/packed/contents.packed.test.ts', title: 'ships in dist exactly what its source compiles to' }),
    peers: ['✔ own, with `any`', '✔', '✔', '✘ @types', '✔', '◐ `server: any`', ...all(5)],
  },
  {
    feature: 'modules',
    ours: yes('ESM, subpaths; `require` works', { file: 'test/packed/doors.packed.test.ts', title: 'can be imported and required' }),
    peers: ['CJS, no `exports`', 'both, `types` last', ...Array.from({ length: 6 }, () => 'CJS'), 'ESM', 'CJS', 'ESM, subpaths'],
  },
  {
    feature: 'packages installed, size',
    ours: yes('2, both ours', { file: 'test/packed/doors.packed.test.ts', title: 'nothing is installed beside the packages and what they declare' }),
    peers: [
      '2, 101 kB',
      '53, 8.9 MB',
      '10, 535 kB',
      '1, 20 kB',
      '1, 67 kB, and Fastify',
      '3, 109 kB',
      '2, 86 kB',
      '3, 76 kB',
      'a framework',
      'a framework',
      '1',
    ],
  },
  {
    feature: 'last release',
    ours: no('not published yet'),
    peers: ['2023-06', '2026-03', '2022-03', '2018-11', '2026-02', '2026-07', 'unknown', 'unknown', '2026-11', 'unknown', 'after 2026-08'],
  },
];

function yes(words: string, ...heldBy: readonly HoldingTest[]): OurCell {
  return { verdict: 'yes', ...(words === '' ? {} : { words }), heldBy };
}

function no(words: string): OurCell {
  return { verdict: 'no', words, heldBy: [] };
}

function runtime(name: string, title: string): HoldingTest {
  return { file: `packages/runtime/test/${name}.test.ts`, title };
}

function core(name: string, title: string): HoldingTest {
  return { file: `packages/core/test/drain/${name}.test.ts`, title };
}

function none(count: number): readonly string[] {
  return Array.from({ length: count }, () => '✘');
}

function all(count: number): readonly string[] {
  return Array.from({ length: count }, () => '✔');
}
