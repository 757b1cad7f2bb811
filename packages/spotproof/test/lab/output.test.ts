import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { TaskOutput } from '../../src/lab/tasks/output.ts';

test('what a task says after SIGTERM is told from what it said before, and is bounded', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-output-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const output = new TaskOutput(path.join(folder, 'task.log'), 'marker');
  const stream = new PassThrough();
  output.read(stream);
  const says = async (text: string): Promise<void> => {
    const read = once(stream, 'data');
    stream.write(text);
    await read;
  };

  await says('will shut down on SIGTERM\n');
  assert.deepEqual(output.linesAfterSigterm(), []);
  output.noteSigterm();
  await says('draining\n');
  for (let count = 0; count < 10; count++) await says(`${'x'.repeat(1000)}\n`);

  assert.equal(output.linesAfterSigterm()[0], 'draining');
  assert.equal(output.linesAfterSigterm().join('\n').length, 4096);
  await output.close();
});
