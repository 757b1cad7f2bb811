import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { continueTree, stopTree } from '../../src/lab/faults/stalled-processes.ts';
import { awaitListening } from '../../src/lab/tasks/await-listening.ts';
import { findFreePort } from '../../src/lab/tasks/free-port.ts';
import { findIsolation } from '../../src/lab/tasks/isolation.ts';
import { treeOf } from '../../src/lab/tasks/process-tree.ts';
import { startTaskProcess } from '../../src/lab/tasks/task-process.ts';
import { eventually } from './support/processes.ts';

const app = path.join(import.meta.dirname, 'fixtures', 'app.ts');
const namespaced = await findIsolation('auto');

for (const isolation of [namespaced, await findIsolation('off')]) {
  const skip = isolation === namespaced && isolation.kind === 'keeper' && `no PID namespaces here: ${isolation.why}`;
  describe(`a stalled task under ${isolation === namespaced ? 'a PID namespace' : 'a keeper'}`, { skip }, () => {
    it('runs in none of its processes, keeps the connections that the kernel takes for it, answers them when it goes on, and can be killed', async (t) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-stall-'));
      const port = await findFreePort(new Set());
      const outputPath = path.join(folder, 'task.log');
      const command = [process.execPath, app, 'with-child'];
      const task = startTaskProcess({ isolation, command, cwd: folder, env: { ...environment(), PORT: String(port) }, port, outputPath });
      t.after(async () => {
        task.signal('SIGKILL');
        await task.ended;
        await task.output.close();
        rmSync(folder, { recursive: true });
      });
      assert.equal(await awaitListening(task, { budgetMs: 20_000, signal: t.signal }), true);
      const pid = task.pid() ?? 0;
      await eventually('its child runs', () => treeOf(pid).length >= 2);

      stopTree(pid);
      await eventually('all of it is stopped', () => treeOf(pid).every((one) => stateOf(one) === 'T'));
      let answer = '';
      const client = connect({ host: '127.0.0.1', port }, () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
      t.after(() => client.destroy());
      client.on('data', (chunk) => (answer += String(chunk)));
      await eventually('the kernel has taken the connection and the request', () => client.bytesWritten > 0 && client.writableLength === 0);
      assert.deepEqual([answer, task.end], ['', undefined]);
      continueTree(pid);
      await eventually('the request of that time is answered', () => answer.includes('200 OK'));

      stopTree(pid);
      task.signal('SIGKILL');
      assert.equal((await task.ended).code, 137);
    });
  });
}

/** `T` for a stopped process. */
function stateOf(pid: number): string | undefined {
  return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
