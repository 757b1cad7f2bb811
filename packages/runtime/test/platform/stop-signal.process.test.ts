import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from '../support/program.ts';
import { ask } from '../support/raw-client.ts';

const OPTIONS = JSON.stringify({ signals: ['SIGTERM', 'SIGQUIT'] });

void describe("the image's own stop signal", { concurrency: 4 }, () => {
  for (const auto of [false, true]) {
    test(`SIGQUIT drains where it is asked for${auto ? ', also with auto in front' : ''}`, async () => {
      await using app = await Program.start('app.mjs', { auto, env: { OPTIONS } });

      app.signal('SIGQUIT');
      await app.line(/^phase lingering/);
      const during = await ask(app.port, '/still');
      const report = await app.report();

      assert.match(during, /app GET \/still$/);
      assert.deepEqual([report.cause, report.outcome, report.exitCode], ['SIGQUIT', 'drained', 0]);
    });
  }

  test('a list without SIGINT leaves SIGINT alone', async () => {
    await using app = await Program.start('app.mjs', { env: { OPTIONS } });

    app.signal('SIGINT');

    assert.equal((await app.ended).signal, 'SIGINT');
  });

  test('a signal that cannot drain is refused by name', async () => {
    await using app = await Program.start('app.mjs', { silent: true, env: { OPTIONS: '{"signals":["SIGKILL"]}' } });

    await app.errorLine(/signals must be true, false, or a list of SIGTERM, SIGINT and SIGQUIT, got "SIGKILL"/);
  });
});
