import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRAPS } from '../../scripts/docs/state-traps.ts';
import { STORES } from '../../scripts/docs/stores.ts';
import { missing } from './holding-tests.ts';

test('each of the 34 traps has a case of the contract or a test that holds it, and each of those exists', () => {
  assert.equal(TRAPS.length, 34);
  assert.deepEqual(
    TRAPS.filter(({ contract, heldBy }) => contract.length + heldBy.length === 0).map(({ trap }) => trap),
    [],
  );
  assert.deepEqual(
    TRAPS.flatMap(({ heldBy }) => heldBy.flatMap(missing)),
    [],
  );
});

test('what a store costs in round trips is counted by a test that exists', () => {
  const uncounted = STORES.filter(({ countedBy, roundTrips }) => countedBy.length === 0 && !roundTrips.startsWith('none'));

  assert.deepEqual(
    uncounted.map(({ title }) => title),
    [],
  );
  assert.deepEqual(
    STORES.flatMap(({ countedBy }) => countedBy.flatMap(missing)),
    [],
  );
});
