import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request that is being answered. */
export interface OpenRequest {
  readonly name: string;
  readonly startedAt: number;
  /** Once it is over: whether the whole answer was handed to the system. */
  isServed(): boolean;
}

/** One accepted connection of a protected server. */
export interface Connection {
  readonly socket: Socket;
  readonly acceptedAt: number;
  /** When its last request came. */
  requestAt: number;
  /** Responses that wait for an earlier one on the same connection. */
  pipelined: readonly ServerResponse[];
  /** The response to the last request that came; only known while draining. */
  last: ServerResponse | undefined;
  /** What it is called since it is something other than HTTP: the request that turned it into that, or its remote address if it never was. */
  upgradedBy: string | undefined;
  /** Set for a connection of a plain TCP server: another server has it now. */
  handOver: (() => void) | undefined;
  /** Ended by us because time was running out, and not by the app. */
  wasCut: boolean;
  /** Requests on it that are tracked one by one; only while draining. */
  readonly open: Set<OpenRequest>;
}

export function connectionOf(socket: Socket): Connection | undefined {
  return (socket as TrackedSocket)[CONNECTION];
}

export function attachConnection(socket: Socket, now: number): Connection {
  const connection: Connection = {
    socket,
    acceptedAt: now,
    requestAt: now,
    pipelined: [],
    last: undefined,
    upgradedBy: undefined,
    handOver: undefined,
    wasCut: false,
    open: new Set(),
  };
  (socket as TrackedSocket)[CONNECTION] = connection;
  return connection;
}

/** The response that Node is writing to this socket now. Node's own field, there since the beginning; callers bear its absence. */
export function currentResponse(socket: Socket): ServerResponse | undefined {
  return (socket as CarryingSocket)._httpMessage ?? undefined;
}

/** The connection under a TLS socket. */
export function rawSocketOf(socket: Socket): Socket | undefined {
  return (socket as WrappingSocket)._parent ?? undefined;
}

const CONNECTION = Symbol('spotproof.connection');

// Node's types leave these fields out; a property is several times cheaper than a WeakMap on the path of every request.
type TrackedSocket = Socket & { [CONNECTION]?: Connection };
type CarryingSocket = Socket & { readonly _httpMessage?: ServerResponse | null };
type WrappingSocket = Socket & { readonly _parent?: Socket | null };
