import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lockPort } from '../../src/lab/tasks/port-lock.ts';

test(
  "a port that one lab has handed out is no other lab's until it is given back",
  { skip: process.platform === 'linux' ? false : 'only Linux has the means' },
  async () => {
    const port = 10_000 + (process.pid % 50_000);
    const unlock = await lockPort(port);

    const other = await lockPort(port);
    unlock?.();
    // Closing is known to the system at the end of this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const next = await lockPort(port);

    assert.notEqual(unlock, undefined);
    assert.equal(other, undefined);
    assert.notEqual(next, undefined);
    next?.();
  },
);
