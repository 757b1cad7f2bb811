import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';

const QUICK = { PROTECT: 'no', WATCH_REPORT_DEPENDENCIES: '1', HANDLER: 'usual' };
/** Hooks that change nothing, in a thread of their own, as tracing agents and transpilers bring them. */
const HOOKS = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(
    'export const resolve = (name, context, next) => next(name, context); export const load = (url, context, next) => next(url, context);'));
`)}`;

void describe('the preload loads the drain when the app listens', { concurrency: 3 }, () => {
  for (const [where, nodeArguments] of [
    ['where nothing is special', []],
    ['where require() of ES modules is switched off', ['--no-experimental-require-module']],
    ['under module hooks of others', ['--import', HOOKS]],
  ] as const) {
    test(`and drains ${where}`, async () => {
      await using app = await Program.start('app.mjs', { auto: true, built: true, env: QUICK, nodeArguments });
      await app.errorLine(/draining on SIGTERM is on/);

      app.signal('SIGTERM');
      const report = await app.report();

      assert.deepEqual([report.outcome, report.lostCount, (await app.ended).code], ['drained', 0, 0]);
      assert.equal(report.held[0]?.what, 'SIGTERM listener', 'the handler of the app was not held');
    });
  }
});
