/* oxlint-disable typescript/no-unsafe-type-assertion -- Both ends of the way are this package, and the way itself is told apart by its name and version. */
import { primaryOfThisWorker } from '../../process/cluster.ts';
import { isMainThread, mainOfThisThread } from '../../process/threads.ts';
import type { FromMember, ToMember } from './messages.ts';

/** The life above this one: the cluster's primary, or the main thread. */
export interface Superior {
  /** Calls `sent` when the message is on its way, or cannot be. */
  send(message: FromMember, sent?: () => void): void;
  isThere(): boolean;
}

/** Undefined where nobody is above. */
export function findSuperior(heard: (message: ToMember) => void): Superior | undefined {
  return isMainThread ? primary(heard) : mainThread(heard);
}

function primary(heard: (message: ToMember) => void): Superior | undefined {
  const way = primaryOfThisWorker();
  if (way === undefined) return undefined;
  way.onMessage((message) => heard(message as ToMember));
  return { send: (message, sent) => way.send(message, sent), isThere: () => way.isConnected() };
}

function mainThread(heard: (message: ToMember) => void): Superior | undefined {
  const way = mainOfThisThread();
  if (way === undefined) return undefined;
  way.onMessage((message) => heard(message as ToMember));
  return {
    send(message, sent = () => {}) {
      way.send(message);
      sent();
    },
    isThere: () => true,
  };
}
