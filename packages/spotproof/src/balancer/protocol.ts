import type { HealthState } from '@spotproof/world';

/** What the lab tells the balancer process, over the IPC channel. The process ends when the channel closes. */
export type BalancerCommand =
  | { readonly type: 'start'; readonly config: BalancerConfig }
  /** Each node learns of it after its own lag; `lagMs` has one entry per node. */
  | { readonly type: 'register'; readonly target: TargetAddress; readonly lagMs: readonly number[] }
  | { readonly type: 'deregister'; readonly targetId: string; readonly lagMs: readonly number[] }
  /** Stop listening, finish what is in flight for at most `graceMs`, write the logs out, answer `stopped`. */
  | { readonly type: 'stop'; readonly graceMs: number };

export interface TargetAddress {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Where its health is checked; default: at `port`. */
  readonly checkPort?: number;
}

/**
 * `http`: HTTP/1.1 and WebSocket. `https`: TLS with a certificate of the lab's own, HTTP/2 or HTTP/1.1 by ALPN. `h2c`: HTTP/2 without TLS, known beforehand;
 * no listener of AWS does this, it spares the lab the encryption.
 */
export const LISTENER_PROTOCOLS = ['http', 'https', 'h2c'] as const;
export type ListenerProtocol = (typeof LISTENER_PROTOCOLS)[number];

/**
 * `protocol version` of the target group. `http2` and `grpc`: HTTP/2 without TLS, which is what AWS speaks to a target group whose protocol is HTTP. They take
 * HTTP/2 from clients only; HTTP/1.1 gets 464.
 */
export const PROTOCOL_VERSIONS = ['http1', 'http2', 'grpc'] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];

/** Attributes of the load balancer and its one target group, by the names and defaults of Elastic Load Balancing. */
export interface BalancerConfig {
  /** How many nodes: each has its own address, connections, health checks and view of the targets. 1 to 6. */
  readonly nodes: number;
  /** Where the only node listens; a free port of 127.0.0.1 for each node unless given. */
  readonly listenAt?: { readonly host: string; readonly port: number };
  /** Default `http`. */
  readonly listener?: ListenerProtocol;
  /** Default `http1`. */
  readonly protocolVersion?: ProtocolVersion;
  readonly algorithm: 'round_robin' | 'least_outstanding_requests';
  /** `idle_timeout.timeout_seconds`, 1 to 4000 s, both sides. */
  readonly idleTimeoutMs: number;
  /** `client_keep_alive.seconds`. */
  readonly clientKeepAliveMs: number;
  /** No connection to the target within this: 504. ALB: 10 s. */
  readonly connectTimeoutMs: number;
  /** `deregistration_delay.timeout_seconds`, 0 to 3600 s. */
  readonly deregistrationDelayMs: number;
  readonly healthCheck: HealthCheckConfig;
  /** How much later than on the wire the balancer sees a target's FIN on an idle connection: what a real round trip does. */
  readonly finLagMs: number;
  /** `keep-alive`: prefer the idle connection whose age is closest to the target's keep-alive timeout, to hit the idle race on purpose. */
  readonly adversary: 'none' | 'keep-alive';
  /** Seeds what is left to chance: the moment of each node's first check of each target. Default 1. */
  readonly seed?: number;
  /**
   * Makes it a Network Load Balancer: it joins TCP connections and knows nothing of requests. Then `listener`, `protocolVersion`, `algorithm`, `clientKeepAliveMs`,
   * `finLagMs`, `adversary` and `accessLogPath` mean nothing, and `idleTimeoutMs` is `tcp.idle_timeout.seconds` of its listener, 60 to 6000 s.
   */
  readonly network?: NetworkConfig;
  /** Where to write one {@link BalancerRecord} a line; a {@link FlowRecord} for each connection of a Network Load Balancer. */
  readonly recordsPath: string;
  /** Where to write the access log in ALB's format, undefined for none. */
  readonly accessLogPath: string | undefined;
}

/** What only target groups of a Network Load Balancer have. */
export interface NetworkConfig {
  readonly healthCheckProtocol: 'tcp' | 'http';
  /** `target_health_state.unhealthy.connection_termination.enabled`; true on AWS. */
  readonly terminatesUnhealthy: boolean;
  /** `deregistration_delay.connection_termination.enabled`; false on AWS. */
  readonly terminatesAfterDelay: boolean;
  /** How long a deregistered target goes on getting new connections, drawn for each registration; up to 120 s on AWS. */
  readonly newConnectionsMs: readonly [min: number, max: number];
  /** `proxy_protocol_v2.enabled`; false on AWS. */
  readonly proxyProtocol: boolean;
}

export interface HealthCheckConfig {
  readonly path: string;
  /** 5 to 300 s on AWS; the lab accepts less. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row that make an unhealthy target healthy. A new target needs one. */
  readonly healthyThreshold: number;
  /** Failures in a row that make a healthy target unhealthy. */
  readonly unhealthyThreshold: number;
  /** Which statuses pass, as `[from, to]`; of gRPC with protocol version `grpc`. */
  readonly matcher: readonly [number, number];
}

/** What the balancer process tells the lab. `at` is epoch milliseconds with fractions. */
export type BalancerReport =
  | { readonly type: 'listening'; readonly nodes: readonly NodeAddress[] }
  | {
      readonly type: 'target-health';
      readonly node: string;
      readonly targetId: string;
      readonly state: HealthState;
      readonly reason: string | undefined;
      readonly at: number;
    }
  /** A node stopped sending new requests to the target, because of a deregistration. A Network Load Balancer goes on for a while. */
  | { readonly type: 'target-draining'; readonly node: string; readonly targetId: string; readonly at: number }
  /**
   * Once a second while running. `requests` (ended; connections of a Network Load Balancer), `errors` (those that it could not serve as the target meant it) and `cpuMs` count from the start;
   * `maxLoopDelayMs` is that of the last second.
   */
  | {
      readonly type: 'load';
      readonly at: number;
      readonly requests: number;
      readonly errors: number;
      readonly inFlight: number;
      readonly maxLoopDelayMs: number;
      readonly cpuMs: number;
    }
  | { readonly type: 'stopped'; readonly requests: number; readonly maxLoopDelayMs: number; readonly cpuMs: number }
  | { readonly type: 'failed'; readonly message: string };

export interface NodeAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}
