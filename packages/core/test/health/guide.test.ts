import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { healthCheckNumbers } from '@spotproof/core/health';

test('the table of numbers in the guide is what the function computes', () => {
  const guide = readFileSync(path.join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'guides', 'health.md'), 'utf8');
  const rows = [...guide.matchAll(/^\| (\d+) s \| (\d+) s \| (\d+) s \|.*$/gm)];

  for (const [row, ...seconds] of rows) {
    const [bootMs = 0, longestRequestMs = 0, stopTimeoutMs = 0] = seconds.map((text) => Number(text) * 1_000);
    const { intervalSeconds, timeoutSeconds, healthyThreshold, unhealthyThreshold, gracePeriodSeconds, removalSeconds } = healthCheckNumbers({
      bootMs,
      longestRequestMs,
      stopTimeoutMs,
    });
    const thresholds = `${healthyThreshold.value} / ${unhealthyThreshold.value}`;
    const cells = [...seconds.map((text) => `${text} s`), `${intervalSeconds.value} s`, `${timeoutSeconds.value} s`, thresholds];
    assert.equal(row, `| ${[...cells, `${gracePeriodSeconds.value} s`, `${removalSeconds} s`].join(' | ')} |`);
  }
  assert.equal(rows.length, 4);
});
