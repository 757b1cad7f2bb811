/**
 * What an independent experiment found for each peer, as failed requests after one SIGTERM: three backends behind a balancer written for it, a
 * Poisson client of 240 requests/s with the traffic of examples/mixed/requests.json, Node 20.20.2, one SIGTERM, deregistered N seconds later.
 * Absolute counts vary by about 15 %; zero against not zero did not. The balancer was cross-checked with haproxy 2.6.12.
 */
export interface PeerReference {
  readonly name: string;
  /** The program in bench/peers/. */
  readonly program: string;
  /** By the seconds from SIGTERM to deregistration. */
  readonly failed: Readonly<Record<Delay, Failed>>;
}

export interface Failed {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export type Delay = 0 | 3 | 10;

export const DELAYS: readonly Delay[] = [0, 3, 10];

export const PEERS: readonly PeerReference[] = [
  peer('terminus 4.12.1', 'terminus', [18, 14, 24], [284, 277, 342], [827, 821, 829]),
  peer('http-terminator 3.2.0', 'http-terminator', [19, 17, 19], [270, 251, 310], [820, 607, 843]),
  peer('close-with-grace 2.5.0 + fastify 5.12.8', 'close-with-grace', [0, 0, 0], [254, 233, 281], [812, 807, 830]),
  peer('stoppable 1.1.0', 'stoppable', [0, 0, 0], [253, 234, 279], [807, 805, 815]),
  peer('http-graceful-shutdown 4.0.0', 'http-graceful-shutdown', [0, 0, 0], [235, 202, 253], [812, 809, 880]),
  peer('lightship 9.0.3, as on ECS', 'lightship', [4, 3, 5], [85, 47, 97], [517, 514, 663]),
  peer('srvx 1.0.8', 'srvx', [4, 4, 4], [63, 63, 103], [531, 521, 545]),
  peer('the article: server.close(() => exit)', 'article', [0, 0, 0], [70, 61, 76], [214, 177, 310]),
  // As PID 1 the kernel ignores the signal for it; the row of a process that is not PID 1 is below.
  peer('no handler (PID 1)', 'no-handler', [0, 0, 0], [0, 0, 0], [0, 0, 0]),
];

/** A process that is not PID 1 dies of the signal at once. */
export const NO_HANDLER_NOT_PID_1 = peer('no handler (not PID 1)', 'no-handler', [42, 31, 44], [286, 269, 287], [844, 842, 927]);

/** From this many losses on the lab must come within a factor of two; below, it must agree on zero or not zero. */
export const COMPARABLE_FROM = 100;

export function agrees(reference: Failed, lost: number): boolean {
  if (reference.median < COMPARABLE_FROM) return lost > 0 === reference.median > 0;
  return lost >= reference.median / 2 && lost <= reference.median * 2;
}

type Triple = readonly [median: number, low: number, high: number];

function peer(name: string, program: string, ...[none, three, ten]: readonly [Triple, Triple, Triple]): PeerReference {
  return { name, program, failed: { 0: failed(none), 3: failed(three), 10: failed(ten) } };
}

function failed([median, low, high]: Triple): Failed {
  return { median, low, high };
}
