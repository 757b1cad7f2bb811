import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import { Program } from '../../../runtime/test/support/program.ts';
import { waitFor } from '../../../runtime/test/support/wait-for.ts';

const EXAMPLES = path.join(import.meta.dirname, '..', '..', '..', '..', 'examples');

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-example-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('examples of state', { concurrency: true }, () => {
  test('the import of a file that is interrupted twice has each order once, and is announced once', async (context) => {
    const folder = folderOf(context);
    const database = path.join(folder, 'state.db');
    const file = path.join(folder, 'orders.csv');
    const ids = Array.from({ length: 60_000 }, (_, at) => `order-${at}`);
    // Its last line has no end, as editors leave it.
    writeFileSync(file, ids.map((id) => `${id},100`).join('\n'));
    const programs: Program[] = [];
    using look = new DatabaseSync(database, { open: false });
    const imported = (): number => Number(look.prepare('SELECT count(*) AS n FROM orders').get()?.['n']);

    for (const isLast of [false, false, true]) {
      await using program = await Program.start(path.join(EXAMPLES, 'resumable-job/worker.mjs'), {
        silent: true,
        env: { DATABASE: database, FILE: file },
      });
      programs.push(program);
      await program.line(/^listening/u);
      if (isLast) await program.line(/^imported/u);
      else {
        if (!look.isOpen) look.open();
        const before = hasOrders(look) ? imported() : 0;
        await waitFor('some orders are imported', () => hasOrders(look) && imported() > before);
      }
      program.signal('SIGTERM');
      assert.equal((await program.report()).lostCount, 0);
    }

    assert.deepEqual(
      look
        .prepare('SELECT id FROM orders ORDER BY rowid')
        .all()
        .map(({ id }) => id),
      ids,
    );
    assert.equal(programs.flatMap(({ output }) => output).filter((line) => line.startsWith('imported 60000 orders')).length, 1);
  });

  test('of three tasks with a clock one keeps the time, another takes over on SIGTERM, and each tick is reported once', async (context) => {
    const database = path.join(folderOf(context), 'state.db');
    const start = () => Program.start(path.join(EXAMPLES, 'leader-cron/worker.mjs'), { silent: true, env: { DATABASE: database, EVERY_MS: '300' } });
    const programs = await Promise.all([start(), start(), start()]);
    await using _ends = new AsyncDisposableStack();
    for (const program of programs) _ends.use(program);
    const leaders = (): readonly Program[] => programs.filter(({ output }) => output.some((line) => line.startsWith('leads')));
    const reports = (): readonly number[] =>
      programs.flatMap(({ output }) => output.filter((line) => line.startsWith('report ')).map((line) => Number(line.split(' ')[1])));
    await waitFor('three ticks are reported', () => reports().length >= 3, 30_000);
    const first = leaders();

    first[0]!.signal('SIGTERM');
    await first[0]!.report();
    await waitFor('another one leads', () => leaders().length === 2, 30_000);
    const before = reports().length;
    await waitFor('it keeps the time', () => reports().length >= before + 3, 30_000);

    assert.equal(first.length, 1);
    assert.deepEqual([...new Set(reports())], reports());
  });
});

function hasOrders(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'orders'").get() !== undefined;
}
