import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { TestCloud } from '../support/local-cloud.ts';
import { CALLS } from './calls/all.ts';
import { cliLine } from './cli-line.ts';
import { makeCall, type Saved } from './make-call.ts';

// One cloud, one story: each group goes on where the one before it stopped. A call that is not answered as expected does not stop the rest.
void describe('every recorded call is answered as AWS documents it, or says how it differs', () => {
  const saved: Saved = new Map();
  let it: TestCloud;

  before(async () => {
    it = await TestCloud.start();
    saved.set('PORT', String(await freePort()));
  });
  after(() => it.stop());

  for (const { title, calls } of CALLS) {
    test(`${title}: ${calls.length} calls`, async () => {
      const wrong: string[] = [];
      for (const call of calls) {
        const until = performance.now() + LIMIT_MS;
        let found = await makeCall(it, call, saved);
        while (call.until === true && found.length > 0 && performance.now() < until) {
          await delay(50);
          found = await makeCall(it, call, saved);
        }
        if (found.length > 0) wrong.push(`${cliLine(call)}\n    ${found.join('\n    ')}`);
      }

      assert.deepEqual(wrong, [], wrong.join('\n'));
    });
  }
});

test('at least 150 calls are recorded, none of them twice in a group', () => {
  for (const { title, calls } of CALLS) {
    const lines = calls.map((call) => `${cliLine(call)} ${call.fact}`);
    assert.equal(new Set(lines).size, lines.length, `a call of "${title}" is there twice`);
  }
  assert.ok(CALLS.flatMap(({ calls }) => calls).length >= 150);
});

const LIMIT_MS = 20_000;
