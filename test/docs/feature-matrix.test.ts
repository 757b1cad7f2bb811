import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MATRIX, PEERS, type MatrixRow } from '../../scripts/docs/feature-matrix.ts';
import { missing } from './holding-tests.ts';

test('each row of the feature matrix has a tick that a test holds, a part of one in words, or an honest no', () => {
  assert.ok(MATRIX.length >= 30, `only ${MATRIX.length} rows`);
  assert.deepEqual(MATRIX.flatMap(faultsOf), []);
});

test('a tick without a test, a test that is gone, a no without a word and a missing peer are seen', () => {
  const peers = PEERS.map(() => '✘');
  const [file, title] = ['test/docs/feature-matrix.test.ts', 'are seen'];

  assert.deepEqual(
    [
      { feature: 'good', ours: { verdict: 'yes', heldBy: [{ file, title }] }, peers },
      { feature: 'untested', ours: { verdict: 'yes', heldBy: [] }, peers },
      { feature: 'no file', ours: { verdict: 'yes', heldBy: [{ file: 'test/none.test.ts', title }] }, peers },
      { feature: 'no title', ours: { verdict: 'yes', heldBy: [{ file, title: 'no such title' }] }, peers },
      { feature: 'silent', ours: { verdict: 'no', heldBy: [] }, peers },
      { feature: 'vague', ours: { verdict: 'partly', heldBy: [{ file, title }] }, peers },
      { feature: 'short', ours: { verdict: 'no', words: 'not yet', heldBy: [] }, peers: peers.slice(1) },
    ].flatMap((row) => faultsOf(row as MatrixRow)),
    [
      'untested: no test holds it',
      'no file: test/none.test.ts does not exist',
      'no title: no test of test/docs/feature-matrix.test.ts is called "no such title"',
      'silent: not a word',
      'vague: not a word',
      'short: 10 of 11 peers',
    ],
  );
});

function faultsOf({ feature, ours, peers }: MatrixRow): readonly string[] {
  const { verdict, words, heldBy } = ours;
  const faults = heldBy.flatMap(missing);
  if (verdict !== 'no' && heldBy.length === 0) faults.push('no test holds it');
  if (verdict !== 'yes' && words === undefined) faults.push('not a word');
  if (peers.length !== PEERS.length || peers.includes('')) faults.push(`${peers.length} of ${PEERS.length} peers`);
  return faults.map((fault) => `${feature}: ${fault}`);
}
