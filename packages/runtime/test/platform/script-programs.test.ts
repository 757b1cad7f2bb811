import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessEntry } from '../../src/platform/process-table.ts';
import { topmost } from '../../src/platform/script-programs.ts';

/** Rows of PID, parent and command line; returns the PIDs of the topmost programs below PID 1. */
function topmostBelowFirst(...rows: readonly (readonly [pid: number, parent: number, ...argv: readonly string[]])[]): readonly number[] {
  const table: readonly ProcessEntry[] = rows.map(([pid, parent]) => ({ pid, parent, group: 1, session: 1, isZombie: false }));
  return topmost(
    table,
    1,
    ({ pid }) =>
      rows
        .find(([number]) => number === pid)
        ?.slice(2)
        .map(String) ?? [],
  ).map(({ pid }) => pid);
}

test('shells, other package managers and node --run are looked through to the program', () => {
  assert.deepEqual(
    topmostBelowFirst(
      [1, 0, 'npm start'],
      [2, 1, 'sh', '-c', 'pnpm serve'],
      [3, 2, 'node', '/usr/bin/pnpm.cjs', 'serve'],
      [4, 3, 'sh', '-c', 'node --run serve'],
      [5, 4, 'node', '--run', 'serve'],
      [6, 5, '/bin/sh', '-c', 'next start'],
      [7, 6, 'next-server (v16)'],
    ),
    [7],
  );
});

test('what a program has started is its own business: a primary is told and its workers are not', () => {
  assert.deepEqual(
    topmostBelowFirst(
      [1, 0, 'npm start'],
      [2, 1, 'sh', '-c', 'node app.js'],
      [3, 2, 'node', 'app.js'],
      [4, 3, 'node', 'app.js'],
      [5, 3, 'sh', '-c', 'x'],
      [6, 5, 'python3'],
    ),
    [3],
  );
});

test('of several commands of one script each is found, and what is not below is not', () => {
  assert.deepEqual(
    topmostBelowFirst(
      [1, 0, 'npm start'],
      [2, 1, 'sh', '-c', 'python3 a.py & node b.js'],
      [3, 2, 'python3', 'a.py'],
      [4, 2, 'node', 'b.js'],
      [9, 8, 'node', 'c.js'],
    ),
    [3, 4],
  );
});
