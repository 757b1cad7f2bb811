import { SpotproofError, isSpotproofError } from '@spotproof/core';

/** What a client threw, as `SPOTPROOF_STORE`. What is not known to be final may be sent again: connections end in many ways, and every operation bears it. */
export function storeError(error: unknown): SpotproofError {
  if (isSpotproofError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  // An answer of the server begins with a word in capitals.
  const code = /^([A-Z]{3,})\b/.exec(message)?.[1];
  const { retryable, advice } = (code === undefined ? undefined : REPLIES.get(code)) ?? (code === undefined ? connectionError(message) : REFUSED);
  return new SpotproofError('SPOTPROOF_STORE', `Redis: ${message}. ${advice}`, {
    retryable,
    cause: error,
    ...(code === undefined ? {} : { details: { reply: code } }),
  });
}

function connectionError(message: string): Meaning {
  if (/client is closed|connection is closed manually/i.test(message)) {
    return { retryable: false, advice: 'The client was closed by this process: end the work before you close it.' };
  }
  return { retryable: true, advice: 'Whether the call was done is not known; sending it again is safe.' };
}

interface Meaning {
  readonly retryable: boolean;
  readonly advice: string;
}

const REFUSED: Meaning = { retryable: false, advice: 'Nothing was written.' };
const LATER = (advice: string): Meaning => ({ retryable: true, advice });

const RIGHTS =
  '+eval +evalsha +time +get +getrange +set +del +exists +pexpireat +persist +zadd +zrem +zrange +scan +info and ~{<prefix>:* for its keys. With config|get as well check() can judge durability.';

const REPLIES: ReadonlyMap<string, Meaning> = new Map([
  [
    'READONLY',
    LATER('This is a replica: claims are decided by the primary alone. After a failover the client must connect anew; never give a reader endpoint.'),
  ],
  ['LOADING', LATER('The server is starting.')],
  ['BUSY', LATER('A script of somebody else keeps the server busy.')],
  ['TRYAGAIN', LATER('A slot is being moved.')],
  ['CLUSTERDOWN', LATER('The Cluster has no majority, or misses a slot.')],
  ['MASTERDOWN', LATER('The replica has lost its primary.')],
  ['NOREPLICAS', LATER('Fewer replicas are connected than min-replicas-to-write asks for.')],
  ['OOM', LATER('The memory is full. Give the server more, or keep records for less long; eviction would lose claims.')],
  ['MISCONF', LATER('The server cannot write to its disk.')],
  ['UNBLOCKED', LATER('The server was made a replica just now.')],
  ['MOVED', { retryable: false, advice: 'This is a Cluster: give a client for Clusters.' }],
  ['ASK', { retryable: false, advice: 'This is a Cluster: give a client for Clusters.' }],
  ['NOAUTH', { retryable: false, advice: 'Give the client user and password.' }],
  ['WRONGPASS', { retryable: false, advice: 'Give the client the right user and password.' }],
  [
    'NOPERM',
    {
      retryable: false,
      advice: `Give the user of the client ${RIGHTS}`,
    },
  ],
  ['WRONGTYPE', { retryable: false, advice: 'Something else uses the keys of this prefix.' }],
  ['SPOTPROOF', { retryable: false, advice: 'Update @spotproof/state.' }],
]);
