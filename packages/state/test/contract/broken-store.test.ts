import assert from 'node:assert/strict';
import test from 'node:test';
import { BrokenStore, type Faults } from '../support/broken-store.ts';
import { FAULTS } from '../support/faulty-next.ts';
import { CaseContext } from './case-context.ts';
import { CONTRACT } from './contract.ts';
import { differential } from './differential.ts';

test('a store without a fault fails no case', async () => {
  assert.deepEqual(await failing({}), []);
});

/** Each fault, and the case that must name it. */
const BROKEN: Readonly<Record<string, { readonly faults: Faults; readonly caughtBy: string }>> = {
  ...Object.fromEntries(
    Object.entries({
      'unfenced settle': 'a late settle by one who was replaced is lost, and writes nothing',
      'unfenced save': 'a late save by one who was replaced is lost, and writes nothing',
      'unfenced renew': 'a late renew by one who was replaced is lost, and writes nothing',
      'epoch reset': 'epochs go on growing when the record is removed in between, however soon',
      'epochs that only count': 'each attempt at a key has a higher epoch than all before it',
      'epoch not compared': 'a copy of a claim that arrives after others had the key does not give a zombie its place back',
      'record deleted on failure': 'failures, interruptions and neither are counted apart',
      'holder bound to time': 'one whose lease is over, and whom nobody has replaced, still holds',
      'seq unchecked': 'checkpoints go up by one: none is left out and none goes back',
      'resend counted twice': 'a failure that is sent again counts once',
      'claim not recognised when sent again': 'a claim that is sent again is one claim',
      'released work claimed back by an old copy': 'an old copy of a claim does not take back what its attempt has released',
      'newer version claimed': 'work that newer code has written is not claimed by older code, and is left as it is',
      'fingerprint not compared': 'another input under the same key is a mismatch, whatever became of the first',
      'lease not looked at': 'a record that is kept for no time at all still locks its key until the lease ends',
      'blocked for as long as it is kept': 'the record of a killed task blocks its key until the lease ends, not for as long as it is kept',
      'done is run again': 'what is done is answered to everybody, and nothing is written for it',
      'take-over not counted': 'work that kills its process again and again without a checkpoint is told from work that is interrupted',
      'stalls not forgiven': 'a checkpoint at the release is progress',
      'keep shortened by a claim': 'work that must not be forgotten is kept through claims and releases that ask for less',
      'removed too early': 'a record is removed when its time is over, and not before',
      'removed within the millisecond': 'no record is removed before the clock has passed its epoch',
      'operator removes what came after': 'an operator removes what was looked at, and nothing that came after it',
      'add overwrites': 'adding another input under a key that is known is a mismatch, and changes nothing',
    } satisfies Record<keyof typeof FAULTS, string>).map(([name, caughtBy]) => [
      name,
      { faults: { next: FAULTS[name as keyof typeof FAULTS] }, caughtBy },
    ]),
  ),
  'take-over by reading and then writing': {
    faults: { readsThenWrites: new Set(['claim']) },
    caughtBy: 'taking over is one write: of many claims at once after the lease, exactly one wins',
  },
  'settlement by reading and then writing': {
    faults: { readsThenWrites: new Set(['settle']) },
    caughtBy: 'of a late settlement and a take-over at once, what was answered is what is kept',
  },
  'adding by reading and then writing': {
    faults: { readsThenWrites: new Set(['add']) },
    caughtBy: 'of many who add under one key at once, exactly one adds',
  },
  'keys without case': {
    faults: { foldsKeys: (key) => key.toLowerCase() },
    caughtBy: 'keys that differ only by upper and lower case are different keys',
  },
  'keys that are trimmed': {
    faults: { foldsKeys: (key) => key.trimEnd() },
    caughtBy: 'keys that differ only by spaces at either end are different keys',
  },
  'keys that are normalised': {
    faults: { foldsKeys: (key) => key.normalize('NFC') },
    caughtBy: 'keys that differ only by Unicode normal form are different keys',
  },
  'keys that are cut': {
    faults: { foldsKeys: (key) => key.slice(0, 255) },
    caughtBy: 'the longest key that is allowed is kept whole, also where each letter has four bytes',
  },
  'requests that are not checked': {
    faults: { acceptsAnything: true },
    caughtBy: 'a malformed key is refused by every operation before anything is sent',
  },
  'bytes through a text': {
    faults: { damagesBytes: true },
    caughtBy: 'result, checkpoint and beginning come back as they went in: every byte there is',
  },
  'bytes that are shared with callers': {
    faults: { sharesBytes: true },
    caughtBy: 'what callers do to their bytes afterwards changes nothing in the store',
  },
  'due in any order': {
    faults: { listsInOrderOf: (a, b) => (a.key < b.key ? 1 : -1) },
    caughtBy: 'what is due is listed, the longest due first, and what is not due is not',
  },
  'due before its time': {
    faults: { listsWhatIsNotDue: true },
    caughtBy: 'what is due is listed, the longest due first, and what is not due is not',
  },
  'pages by offset': { faults: { pagesByOffset: true }, caughtBy: 'what is claimed, settled or removed between two pages hides no other record' },
};

for (const [name, { faults, caughtBy }] of Object.entries(BROKEN)) {
  test(`the contract finds: ${name}`, async () => {
    const titles = await failing(faults);

    assert.ok(titles.includes(caughtBy), `"${caughtBy}" should fail, but only these do: ${titles.join('; ') || 'none'}`);
  });
}

/** Within a millisecond two sides that have no clock in common cannot be compared; a case of its own looks at that. */
const NOT_FOUND_BY_CHANCE = new Set(['removed within the millisecond']);

for (const [name, next] of Object.entries(FAULTS)) {
  if (NOT_FOUND_BY_CHANCE.has(name)) continue;
  test(`random histories find: ${name}`, async () => {
    await assert.rejects(differential(contexts({ next }), { runs: 2000, seed: 5 }), /Property failed/);
  });
}

test('random histories find nothing in a store without a fault', async () => {
  await differential(contexts({}), { runs: 300 });
});

function contexts(faults: Faults): () => CaseContext {
  let now = Date.UTC(2026, 0, 1);
  const store = new BrokenStore(faults, () => now);
  const advance = (ms: number): void => {
    now += ms;
  };
  return () => new CaseContext({ store, advance, dispose: () => {} });
}

async function failing(faults: Faults): Promise<readonly string[]> {
  const makeContext = contexts(faults);
  const titles: string[] = [];
  for (const { name, needs, run } of CONTRACT) {
    if (needs === 'transactions') continue;
    try {
      await run(makeContext());
    } catch {
      titles.push(name);
    }
  }
  return titles;
}
