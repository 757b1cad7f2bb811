import type { EventEmitter } from 'node:events';
import { subscribe } from 'node:diagnostics_channel';
import type { Cluster, Worker } from 'node:cluster';

/** One process of `node:cluster`, from its primary. */
export interface WorkerProcess {
  readonly id: number;
  send(message: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Calls `listener` for whatever it says to Node's own cluster code: that it took a connection, above all. */
  onActivity(listener: () => void): void;
  onExit(listener: (code: number | null) => void): void;
  /** Node's own graceful end: it closes its servers, and goes when nothing is open. */
  disconnect(): void;
  kill(signal: 'SIGKILL' | 'SIGSTOP'): void;
}

/** Calls `forked` when the app has started the first cluster worker. Costs nothing in a process that starts none. */
export function onFirstFork(forked: () => void): void {
  let isSeen = false;
  subscribe('child_process', () => {
    if (isSeen) return;
    // It becomes a worker once the constructor that tells of it is done.
    process.nextTick(() => {
      if (isSeen || workersNow().length === 0) return;
      isSeen = true;
      forked();
    });
  });
}

/** Calls `listener` for each worker that is there and each that will be started. */
export function eachWorker(listener: (worker: WorkerProcess) => void): void {
  const known = new WeakSet<Worker>();
  const tell = (worker: Worker): void => {
    if (known.has(worker) || worker.isDead()) return;
    known.add(worker);
    listener(workerProcess(worker));
  };
  for (const worker of workersNow()) tell(worker);
  cluster().on('fork', tell);
}

export function hasWorkers(): boolean {
  return workersNow().length > 0;
}

function workersNow(): readonly Worker[] {
  const { isPrimary, workers } = cluster();
  return isPrimary ? Object.values(workers ?? {}).flatMap((worker) => worker ?? []) : [];
}

function workerProcess(worker: Worker): WorkerProcess {
  // Node's types give a worker's process no `internalMessage`.
  const child: EventEmitter = worker.process;
  return {
    id: worker.id,
    send(message) {
      // An error means that it is gone, which its exit says too.
      if (worker.isConnected()) worker.process.send?.(envelope(message), undefined, undefined, () => {});
    },
    onMessage(listener) {
      child.on('internalMessage', (message: unknown) => opened(message, listener));
    },
    onActivity(listener) {
      child.on('internalMessage', listener);
    },
    onExit(listener) {
      worker.on('exit', listener);
    },
    disconnect() {
      if (worker.isConnected()) worker.disconnect();
    },
    kill(signal) {
      worker.process.kill(signal);
    },
  };
}

/** The way to the primary, from one of its workers. */
export interface Primary {
  readonly workerId: number;
  /** Calls `sent` when the message is on its way, or cannot be. */
  send(message: object, sent?: () => void): void;
  isConnected(): boolean;
  onMessage(listener: (message: unknown) => void): void;
}

/** Undefined in a process that is no cluster worker. */
export function primaryOfThisWorker(): Primary | undefined {
  // Without a channel to a parent it is none, and `node:cluster` need not be loaded to know it.
  if (!process.connected) return undefined;
  const { isWorker, worker } = cluster();
  if (!isWorker || worker === undefined) return undefined;
  return {
    workerId: worker.id,
    send(message, sent = () => {}) {
      if (!process.connected || process.send === undefined) sent();
      else process.send(envelope(message), undefined, undefined, () => sent());
    },
    isConnected: () => process.connected,
    onMessage(listener) {
      (process as EventEmitter).on('internalMessage', (message: unknown) => opened(message, listener));
    },
  };
}

/** Node keeps messages whose `cmd` begins like this from the app's own `message` listeners, which could not know what to make of them. */
function envelope(message: object): object {
  return { cmd: CMD, message };
}

function opened(envelope: unknown, listener: (message: unknown) => void): void {
  if (typeof envelope === 'object' && envelope !== null && 'cmd' in envelope && envelope.cmd === CMD && 'message' in envelope) {
    listener(envelope.message);
  }
}

function cluster(): Cluster {
  const module: object = process.getBuiltinModule('node:cluster');
  // What Node's types call the default export is the module itself here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return module as Cluster;
}

const CMD = 'NODE_SPOTPROOF@1';
