import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CHANNELS } from '../../src/index.ts';

test('the guide of jobs names each channel', () => {
  const guide = readFileSync(path.join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'guides', 'jobs.md'), 'utf8');

  assert.deepEqual(
    Object.values(CHANNELS).filter((channel) => !guide.includes(`| \`${channel}\` |`)),
    [],
  );
});
