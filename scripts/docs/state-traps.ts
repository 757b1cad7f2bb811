import type { HoldingTest } from './feature-matrix.ts';

/** A way in which libraries of this kind have lost or doubled work, and what keeps ours from it. */
export interface Trap {
  readonly trap: string;
  readonly rule: string;
  /** Names of cases of the contract, which every store passes. */
  readonly contract: readonly string[];
  readonly heldBy: readonly HoldingTest[];
}

/** In the order in which they are numbered. A number is never given to another trap. */
export const TRAPS: readonly Trap[] = [
  {
    trap: 'The record of a killed task blocks its key for hours',
    rule: 'A claim has a lease of 30 s that its holder renews; how long a record is kept is another thing.',
    contract: ['the record of a killed task blocks its key until the lease ends, not for as long as it is kept'],
    heldBy: [state('http/kill.process', 'a task killed in the middle of a handler: another takes over after its lease')],
  },
  {
    trap: 'It blocks nobody at all: a record without an end of its lease counts as abandoned',
    rule: 'Held is held until the lease ends, however short the record is kept.',
    contract: ['a record that is kept for no time at all still locks its key until the lease ends'],
    heldBy: [],
  },
  {
    trap: 'Who finishes late overwrites or removes what the successor wrote',
    rule: 'Renewing, saving and settling carry token and epoch in the condition of the write itself.',
    contract: [
      'a late settle by one who was replaced is lost, and writes nothing',
      'a late save by one who was replaced is lost, and writes nothing',
      'a late renew by one who was replaced is lost, and writes nothing',
      'a late finisher does not overwrite the result of its successor',
    ],
    heldBy: [state('http/kill.process', 'a task stopped in the middle, and continued when another has taken over')],
  },
  {
    trap: 'Taking over reads first and writes then, and two do it',
    rule: 'One conditional write.',
    contract: ['taking over is one write: of many claims at once after the lease, exactly one wins'],
    heldBy: [],
  },
  {
    trap: 'The fencing number begins anew when the record was removed',
    rule: 'Epochs are made from the time, and the token is random.',
    contract: [
      'epochs go on growing when the record is removed in between, however soon',
      'an attempt whose record was removed has lost, also when the key begins anew',
    ],
    heldBy: [state('protocol/explore', 'the shortest history is found that breaks a promise by')],
  },
  {
    trap: 'Clocks differ, and jump',
    rule: "The store's own clock decides; DynamoDB has none, so there a lease is over when the record was seen unchanged for as long.",
    contract: [
      'a clock that jumps an hour ahead lets another take over, and fences whoever held',
      'a clock that jumps an hour back frees no key early, and epochs still grow',
    ],
    heldBy: [
      state('stores/dynamodb.process', 'a clock that is an hour ahead takes nothing over'),
      state('stores/mysql.process', 'the time zone of a session changes no lease'),
    ],
  },
  {
    trap: 'The holder believes that it still holds, after a pause of its process',
    rule: 'Its time counts from when the last good renewal was sent; the signal of the work is aborted when that is over.',
    contract: [],
    heldBy: [
      state('claim/held-claim', 'time left counts from the instant at which the last good write was sent'),
      state('claim/held-claim', 'without an answer until the lease ends the work is told so at that very instant'),
      state('claim/held-claim', 'a holder that was stopped while another one came is told so, and writes nothing'),
    ],
  },
  {
    trap: 'Which failures are kept as an answer, and which are tried again',
    rule: 'HTTP keeps what a retry would not change, 2xx to 4xx but for 408, 409, 425 and 429; `once()` keeps errors only where it is told to.',
    contract: [],
    heldBy: [
      state('http/doors.contract', 'what was refused for good is kept; what may go better next time, or failed, is tried again'),
      state('once/once', 'an error that is kept is the answer to the key for good'),
    ],
  },
  {
    trap: 'The result is recorded, and the answer does not arrive',
    rule: 'That is what a replay is for: the same request again gets the same response.',
    contract: ['what is done is answered to everybody, and nothing is written for it'],
    heldBy: [state('http/doors.contract', 'a client that leaves in the middle finds the response when it comes back')],
  },
  {
    trap: 'The answer arrives, and its result is not recorded',
    rule: 'No byte leaves before the store has confirmed the record.',
    contract: [],
    heldBy: [
      state('http/doors.contract', 'no byte of a response leaves before it is recorded'),
      state('http/doors.contract', 'a response that the store did not confirm is not sent'),
    ],
  },
  {
    trap: 'The effect has happened, and its result cannot be stored',
    rule: 'The record says that it is done and not kept. It is never done again.',
    contract: ['what is larger than the store takes is refused before anything is written'],
    heldBy: [
      state('once/once', 'reaches its caller, and a later call is told that the work is done; it is not done again'),
      state('http/doors.contract', 'a response that is too large to keep arrives whole, and whoever asks again is told that it is done'),
      state('jobs/jobs', 'a result that cannot be stored fails the job for good: its effect is not done again'),
    ],
  },
  {
    trap: 'Streams cannot be replayed',
    rule: 'They are recorded as done before their first event, and a repeat is told so.',
    contract: [],
    heldBy: [state('http/doors.contract', 'an event stream flows, and is recorded as done before its first event')],
  },
  {
    trap: 'Replayed headers carry cookies and dates of another request',
    rule: 'An allow-list; cookies and authentication cannot be put on it.',
    contract: [],
    heldBy: [
      state('http/doors.contract', 'a request is carried out once, and the same one is answered as the first was, marked, without the handler'),
      state('http/node-response.process', 'options that cannot work are refused where they are given'),
    ],
  },
  {
    trap: 'A key without its tenant: one is answered with what belongs to another',
    rule: '`scope` is required, and part of the key.',
    contract: [],
    heldBy: [
      state('http/doors.contract', 'a tenant is never answered with the response of another'),
      state('once/once', 'another tenant, or another work, has the key for itself'),
    ],
  },
  {
    trap: 'A key with an empty part, which everybody shares',
    rule: 'Null, undefined, an empty text and NaN are refused before anything is done.',
    contract: ['a malformed key is refused by every operation before anything is sent'],
    heldBy: [state('once/once', 'is refused before anything is done, for it would be everybody')],
  },
  {
    trap: 'The work changes its input, and with it the identity of the call',
    rule: 'Key and fingerprint are taken before the work begins.',
    contract: [],
    heldBy: [state('once/once', 'what the work does to its input changes neither its key nor its fingerprint')],
  },
  {
    trap: 'Settings shared in the process: concurrent calls answer for each other',
    rule: 'Nothing of a call is kept on the store.',
    contract: [],
    heldBy: [state('once/once', 'two functions over one store, called in the same turn, do not answer for each other')],
  },
  {
    trap: 'An option that only another client knows is ignored, and nothing is locked',
    rule: '`check()` lets four claims of one key race, and refuses a server where not exactly one wins; the contract runs over each client.',
    contract: ['the check of a store passes, also twice and twice at once'],
    heldBy: [state('stores/check-race', 'a store in which two claims of one key can win is refused by its check')],
  },
  {
    trap: 'Time to live is lazy: expired items are still there, for days',
    rule: 'Expiry is in each condition; time to live only cleans up, three days after the time, so that epochs go on.',
    contract: ['a record is removed when its time is over, and not before'],
    heldBy: [state('stores/dynamodb.process', 'DynamoDB removes it days after its time, in which a new one follows it under a higher epoch')],
  },
  {
    trap: "A transaction's own idempotency token ends after ten minutes",
    rule: 'Whether something is written already is decided by the record, not by the request.',
    contract: ['a failure that is sent again counts once', 'a save that is sent again is one checkpoint'],
    heldBy: [state('stores/dynamodb.process', 'an effect of one who was replaced is not made, nor one whose checkpoint is written already')],
  },
  {
    trap: 'Global tables and replicas: two regions both win, and reads are old',
    rule: 'Reads are consistent, replicas are refused, a table with several regions is warned of.',
    contract: [],
    heldBy: [
      state('stores/dynamodb.process', 'records that are never removed, and regions that overwrite each other, are warned of'),
      state('stores/redis.process', 'a replica answers nothing, not even what it has: neither a replay nor a read'),
      state('stores/postgres.process', 'a replica refuses the check and each claim, with the reason'),
    ],
  },
  {
    trap: 'A failover of Redis loses the last claims; eviction loses any',
    rule: "The store says so: durability `async`. Work with `effects: 'external-once'` refuses it, unless it says `acceptLoss: true`. A server that evicts is refused.",
    contract: [],
    heldBy: [
      state('stores/redis.process', 'a replica that is promoted without the last claim gives the key away a second time, under a higher epoch'),
      state('stores/redis.process', 'durability is what the server is set up for: none, async or sync'),
      state('stores/redis.process', 'a server that evicts is refused'),
      state('once/external-effects', 'a store that declares'),
      state('once/external-effects', 'if the server would lose it, the first call is refused before anything is claimed or done'),
    ],
  },
  {
    trap: 'A lock over several servers, without a fencing token',
    rule: 'One durable store and a fence; a lease gives its epoch to whoever holds it.',
    contract: ['each attempt at a key has a higher epoch than all before it'],
    heldBy: [
      state('lease/lease', 'a leader that is killed is followed when its lease has ended; resumed, it is told so'),
      state('examples/examples.process', 'from a SET NX lock: of two tasks at once one pays'),
    ],
  },
  {
    trap: 'The fence ends at the store: another system cannot see it',
    rule: 'The effect key is the same in each attempt, for the idempotency key of the call; the epoch is for whoever can compare.',
    contract: [],
    heldBy: [
      state('claim/held-claim', 'effect keys are those of the work and the step, not of the attempt'),
      state('once/once', 'an error frees the key, and the next call does the work again under the same effect key and a larger epoch'),
    ],
  },
  {
    trap: 'A checkpoint is torn: its pointer is there and its bytes are not',
    rule: 'The bytes first, under the name of their digest; then the pointer; looked at again when it is read.',
    contract: [],
    heldBy: [
      state('payload/payloads', 'the bytes are in the blob store before anybody has the pointer to them'),
      state('payload/payloads', 'a blob that is gone, torn, or another is told, and never handed on'),
      state('blobs/files.process', 'nothing unfinished stays behind'),
    ],
  },
  {
    trap: 'An effect and its checkpoint are two writes',
    rule: 'One transaction where the store has them; elsewhere at least once, with the effect key.',
    contract: ['an effect and its checkpoint are one', 'an effect of one who was replaced is rolled back with its settlement'],
    heldBy: [
      state('stores/dynamodb.process', 'an effect and what it belongs to are one, whatever the record was kept for'),
      state('jobs/commit', 'an effect and its checkpoint are one transaction: a failure in its middle leaves neither'),
      state('once/in-transaction', 'who comes late has its writes taken back: they are there once, by the attempt that counts'),
    ],
  },
  {
    trap: 'The connection breaks in the middle of a checkpoint: was it written?',
    rule: 'The same request is sent again, and answered as the first one was.',
    contract: ['a save that is sent again is one checkpoint', 'a claim that is sent again is one claim'],
    heldBy: [
      state('claim/held-claim', 'a save whose answer was cut off is sent again unchanged, and counts once'),
      state('stores/postgres.process', 'every write whose answer was lost is answered as the first one was when it is sent again'),
    ],
  },
  {
    trap: 'A zombie brings an old checkpoint back',
    rule: 'A checkpoint has the number after the last one, under the token of the attempt.',
    contract: [
      'checkpoints go up by one: none is left out and none goes back',
      'an old copy of a save that arrives after the next one is lost',
      'of a zombie and its successor who save at once, only the successor does',
    ],
    heldBy: [],
  },
  {
    trap: '120 s are not enough, and 30 is the default',
    rule: 'Work is saved as it goes; on SIGTERM it is saved and given back at its next step; what does not come to one is given back before the end.',
    contract: ['a release saves its checkpoint in the same write'],
    heldBy: [
      state('jobs/jobs', 'on SIGTERM the row under way is finished, saved and given back in one write'),
      state('jobs/jobs', 'what does not come to a step is given back at the stop signal from its last checkpoint'),
      state('jobs/workers.process', 'SIGTERM: the row under way is finished once'),
    ],
  },
  {
    trap: 'Interruptions are counted as failures, or poison as interruptions',
    rule: 'Two counters, and a third for kills without progress.',
    contract: [
      'failures, interruptions and neither are counted apart',
      'work that kills its process again and again without a checkpoint is told from work that is interrupted',
    ],
    heldBy: [
      state('jobs/jobs', 'a hundred interruptions are no failure as long as the job gets on'),
      state('jobs/jobs', 'a job that is killed without a checkpoint maxStalls times is taken for poison'),
    ],
  },
  {
    trap: 'In a rolling deployment old code goes on from a new checkpoint',
    rule: 'Checkpoints have a version; what is newer is left alone.',
    contract: ['work that newer code has written is not claimed by older code, and is left as it is'],
    heldBy: [state('jobs/jobs', 'a newer version upgrades an older checkpoint, and older code leaves a newer one alone')],
  },
  {
    trap: 'Looking for work reads the whole table, and all workers ask at once',
    rule: 'An index of just what is open; polls with jitter, which back off while the store is away.',
    contract: ['what is due is listed, the longest due first, and what is not due is not'],
    heldBy: [
      state('stores/postgres.process', 'what is due is found by its index, not by looking at what is settled'),
      state('stores/redis.process', 'what is not due is in no index'),
      state('jobs/jobs', 'a worker that cannot list asks again later and later, and goes on when it can'),
    ],
  },
  {
    trap: 'Locks of a session are lost behind a pooler, and pin a proxy',
    rule: 'Rows only: nothing is kept with a connection.',
    contract: [],
    heldBy: [
      state('stores/postgres.process', 'a server that starts again is found again by the same store'),
      state('stores/postgres.process', 'without preparing none is needed'),
    ],
  },
  {
    trap: 'PostgreSQL: after a conflict the statement does not see the row that it met',
    rule: 'It is asked again in a statement of its own.',
    contract: ['of many claims of an unknown key at once, exactly one wins'],
    heldBy: [
      state('stores/postgres.process', 'a claim that waited for another one in the making sees who has the key'),
      state('stores/postgres.process', 'a claim whose rival gave up wins'),
    ],
  },
];

function state(name: string, title: string): HoldingTest {
  return { file: `packages/state/test/${name}.test.ts`, title };
}
