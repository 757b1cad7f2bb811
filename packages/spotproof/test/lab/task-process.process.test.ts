import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { awaitListening } from '../../src/lab/tasks/await-listening.ts';
import { findFreePort } from '../../src/lab/tasks/free-port.ts';
import { findIsolation, type Isolation } from '../../src/lab/tasks/isolation.ts';
import { startTaskProcess, type TaskProcess } from '../../src/lab/tasks/task-process.ts';
import { processesWith, eventually } from './support/processes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-task-'));
const app = path.join(import.meta.dirname, 'fixtures', 'app.ts');
const namespaced = await findIsolation('auto');
after(() => rmSync(folder, { recursive: true }));

describe('isolation', () => {
  it('says why when it is switched off', async () => {
    assert.deepEqual(await findIsolation('off'), { kind: 'keeper', why: 'they were switched off' });
  });

  it('does not run a command whose namespace was left alone before its end could be bound to it', (t) => {
    if (namespaced.kind === 'keeper') return t.skip(`no PID namespaces here: ${namespaced.why}`);
    const { prefix } = namespaced;
    const [shell = '', ...firstProcess] = prefix.slice(prefix.indexOf('--') + 1);
    const gone = spawn('sleep', ['300']);
    const files = [openSync('/proc/self/status', 'r'), openSync(`/proc/${gone.pid}/status`, 'r')];
    gone.kill('SIGKILL');

    const [alive, orphaned] = files.map((file) => spawnSync(shell, [...firstProcess, 'echo', 'ran'], { stdio: ['ignore', 'pipe', 'pipe', file] }));

    for (const file of files) closeSync(file);
    assert.deepEqual([alive?.status, String(alive?.stdout)], [0, 'ran\n'], String(alive?.stderr));
    assert.deepEqual([orphaned?.status, String(orphaned?.stdout)], [1, ''], String(orphaned?.stderr));
  });
});

for (const isolation of [namespaced, await findIsolation('off')]) {
  const skip = isolation === namespaced && isolation.kind === 'keeper' && `no PID namespaces here: ${isolation.why}`;
  describe(`a task under ${isolation === namespaced ? 'a PID namespace' : 'a keeper'}`, { skip }, () => {
    it('listens on its port, hears SIGTERM in its first process, and reports its exit code', async (t) => {
      const task = await start(t, isolation, ['graceful']);
      assert.equal(await awaitListening(task, { budgetMs: 20_000, signal: t.signal }), true);

      task.signal('SIGTERM');
      const end = await task.ended;

      assert.deepEqual([end.code, end.signal], [0, undefined]);
      await eventually('its output was read', () => task.output.lines().some((line) => line.startsWith('SIGTERM as')));
      if (isolation.kind === 'pid-namespace') assert.ok(task.output.lines().includes('SIGTERM as 1'), 'it is PID 1');
      assert.match(task.output.linesAfterSigterm().join(), /^SIGTERM as \d+$/);
    });

    it('tells at SIGKILL whether its first process handled SIGTERM', { skip: process.platform !== 'linux' && 'only Linux tells' }, async (t) => {
      const shell = (trap: string): Promise<TaskProcess> => start(t, isolation, [], ['sh', '-c', `${trap} echo ready; sleep 300; true`]);
      const tasks = [await shell('trap : TERM;'), await shell('')];
      await eventually('both have come to their sleep', () => tasks.every((task) => task.output.lines().includes('ready')));
      assert.deepEqual(
        tasks.map((task) => task.handlesSigterm),
        [undefined, undefined],
      );

      for (const task of tasks) task.signal('SIGKILL');
      await Promise.all(tasks.map((task) => task.ended));

      assert.deepEqual(
        tasks.map((task) => task.handlesSigterm),
        [true, false],
      );
    });

    it('is gone with everything it started after SIGKILL, and says 137', async (t) => {
      const task = await start(t, isolation, ['with-child']);
      await awaitListening(task, { budgetMs: 20_000, signal: t.signal });
      assert.ok(processesWith(markerOf(task)).length >= 2);

      task.signal('SIGKILL');
      const end = await task.ended;

      assert.deepEqual([end.code, end.signal], [137, 'SIGKILL']);
      await eventually('nothing of it is left', () => processesWith(markerOf(task)).length === 0);
    });

    it('takes along what it started when it exits by itself, as PID 1 of a container does', async (t) => {
      const task = await start(t, isolation, [], ['sh', '-c', 'sleep 300 & exit 3']);

      const end = await task.ended;

      assert.equal(end.code, 3);
      await eventually('nothing of it is left', () => processesWith(markerOf(task)).length === 0);
    });

    it(
      'without a SIGTERM handler is ended by SIGKILL only, as in a container',
      { skip: isolation.kind === 'keeper' && 'needs a PID namespace' },
      async (t) => {
        const task = await start(t, isolation, ['crash', '3000']);
        await awaitListening(task, { budgetMs: 20_000, signal: t.signal });

        task.signal('SIGTERM');
        const end = await task.ended;

        assert.equal(end.code, 9, 'it lived on to its own end');
      },
    );
  });
}

function markerOf(task: TaskProcess): string {
  return `LAB_TEST_TASK=${task.port}`;
}

async function start(
  t: { after(act: () => Promise<void>): void },
  isolation: Isolation,
  args: readonly string[],
  command: readonly string[] = [process.execPath, app, ...args],
): Promise<TaskProcess> {
  const port = await findFreePort(new Set());
  const env = { PATH: process.env['PATH'] ?? '', PORT: String(port), LAB_TEST_TASK: String(port) };
  const task = startTaskProcess({ isolation, command, cwd: folder, env, port, outputPath: path.join(folder, `${port}.log`) });
  t.after(async () => {
    task.signal('SIGKILL');
    await task.ended;
    await task.output.close();
  });
  return task;
}
