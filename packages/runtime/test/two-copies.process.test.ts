import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Program } from './support/program.ts';
import { ask } from './support/raw-client.ts';

const PACKAGES = path.join(import.meta.dirname, '..', '..');
const ROOM = mkdtempSync(path.join(tmpdir(), 'spotproof-copies-'));
after(() => rmSync(ROOM, { recursive: true, force: true }));

/** A copy as npm would install it, with a core of its own. */
function installCopy(name: string): string {
  const scope = path.join(ROOM, name, 'node_modules', '@spotproof');
  for (const packageName of ['core', 'runtime']) {
    const from = path.join(PACKAGES, packageName);
    assert.ok(existsSync(path.join(from, 'dist/index.js')), `${packageName} is not built: run \`npm run build\``);
    for (const part of ['package.json', 'dist']) cpSync(path.join(from, part), path.join(scope, packageName, part), { recursive: true });
  }
  return path.join(scope, 'runtime');
}

void describe('two copies of the package in one process', { concurrency: 2 }, () => {
  const FIRST = installCopy('first');
  const SECOND = installCopy('second');

  test('agree on one life: one handler, one report, one drain of both servers and everything that was added to either', async () => {
    await using app = await Program.start('two-copies.mjs', { env: { FIRST, SECOND }, built: true });
    const otherPort = Number((await app.line(/^other/)).split(' ')[1]);
    await app.line(/^handlers/);

    app.signal('SIGTERM');
    await app.line(/^event lingering/);
    const answers = await Promise.all([ask(app.port, '/readyz'), ask(otherPort, '/readyz'), ask(app.port, '/'), ask(otherPort, '/')]);
    const report = await app.report();

    assert.ok(app.output.includes('agree true true true'), app.output.join('\n'));
    assert.ok(app.output.includes('handlers 1'), app.output.join('\n'));
    assert.deepEqual(
      answers.map((answer) => answer.split(' ')[1]),
      ['503', '503', '200', '200'],
    );
    assert.equal(report.budgetMs, 5_000);
    assert.equal(report.requestsAfterStart, 2);
    assert.deepEqual(
      report.hooks.map(({ name, outcome }) => [name, outcome]),
      [
        ['of the second', 'done'],
        ['of the first', 'done'],
      ],
    );
    assert.equal(report.consumers[0]?.outcome, 'drained');
  });

  test('agree when one of them was preloaded', async () => {
    const preload = pathToFileURL(path.join(FIRST, 'dist/auto.js')).href;
    await using app = await Program.start('two-copies.mjs', {
      env: { FIRST, SECOND, PRELOADED: 'yes' },
      built: true,
      nodeArguments: ['--import', preload],
    });
    await app.line(/^handlers/);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.lostCount, 0);
    assert.deepEqual(report.warnings, []);
    assert.equal(report.budgetMs, 5_000);
    assert.equal((await app.ended).code, 0);
  });
});
