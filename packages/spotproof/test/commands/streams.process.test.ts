import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const STREAMS = new URL('../../src/commands/streams.ts', import.meta.url).href;

test('a reader that has read enough, as head has, ends no command with a fault', async () => {
  const command = spawn(
    process.execPath,
    [
      '--conditions=@spotproof/source',
      '--eval',
      `import(${JSON.stringify(STREAMS)}).then(({ standardOutput }) => {
        standardOutput.write('ready');
        process.stdin.once('data', () => {
          standardOutput.write('more');
          standardOutput.write('still more');
          process.exitCode = 5;
        });
      });`,
    ],
    { timeout: 60_000 },
  );
  const complaint = text(command.stderr);
  await once(command.stdout, 'data');
  command.stdout.destroy();
  await once(command.stdout, 'close');

  command.stdin.end('go on');
  const [code] = await once(command, 'close');

  assert.deepEqual([code, await complaint], [5, '']);
});
