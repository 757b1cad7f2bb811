import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readsSigtermHandling } from '../../src/lab/tasks/signal-handling.ts';

const status = (blocked: string, caught: string): string =>
  `Name:\tnode\nState:\tS (sleeping)\nSigBlk:\t${blocked}\nSigIgn:\t0000000001001000\nSigCgt:\t${caught}\n`;

test('a caught SIGTERM is handled, one that is only blocked, as by a shell that forks, is not', () => {
  assert.equal(readsSigtermHandling(status('0000000000000000', '0000000100004602')), true);
  assert.equal(readsSigtermHandling(status('fffffffffffbfeff', '0000000000010000')), false);
  assert.equal(readsSigtermHandling(status('0000000000010000', '0000000100000602')), false);
});

test('a system that does not tell is not taken for a process that does not handle it', () => {
  assert.equal(readsSigtermHandling('Name:\tnode\n'), undefined);
  assert.equal(readsSigtermHandling(''), undefined);
});
