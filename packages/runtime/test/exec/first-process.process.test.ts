import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { waitFor } from '../support/wait-for.ts';
import { namespacePrefix, Supervised } from './support/supervised.ts';

// As in a container: process 1 of a PID namespace, which the kernel protects from signals that it has no handler for, and gives every orphan to.

const skip = namespacePrefix() === undefined && 'this system lets no ordinary user make a PID namespace';
const other = process.env['SPOTPROOF_TEST_NODE'];
const hasExecve = other === undefined || execFileSync(other, ['--print', 'typeof process.execve'], { encoding: 'utf8' }).trim() === 'function';
const cannotReap = !hasExecve && 'this Node has no process.execve: it says that it cannot reap, see the next test';
/** Two children whose parent ends at once, and which end soon after. */
const LEAVES_ORPHANS = '(sleep 0.1 &); (sleep 0.2 &); echo orphaned; exec sleep 20';

test('orphans are reaped as the first process', { skip: skip || cannotReap }, async () => {
  await using supervised = Supervised.start({ asFirstProcess: true, options: ['--linger', '0'], command: ['sh', '-c', LEAVES_ORPHANS] });
  await supervised.until(/orphaned/);
  const started = performance.now();
  const first = supervised.pid;

  await waitFor(
    'the orphans have ended and no zombie is left',
    () => performance.now() - started > 500 && namespaceOf(first).every(({ state }) => state !== 'Z'),
  );

  assert.doesNotMatch(supervised.output, /orphans/);
});

test('where there is no way to reap them, it says so once and names the remedy', { skip }, async () => {
  await using supervised = Supervised.start({
    asFirstProcess: true,
    nodeArguments: ['--import', 'data:text/javascript,delete process.execve'],
    command: ['sh', '-c', LEAVES_ORPHANS],
  });
  await supervised.until(/orphaned/);

  await supervised.until(/leaves orphans behind.*initProcessEnabled/);

  assert.equal(namespaceOf(supervised.pid).filter(({ state }) => state === 'Z').length, 2, 'Node reaps orphans now: use that');
});

for (const [where, nodeArguments] of [
  ['below a shell', []],
  ['by itself', ['--import', 'data:text/javascript,delete process.execve']],
] as const) {
  test(`the first process, ${where}, hands signals on, lingers, and ends with the program's code`, { skip }, async () => {
    await using supervised = Supervised.start({
      asFirstProcess: true,
      nodeArguments,
      options: ['--linger', '0.5'],
      command: ['sh', '-c', 'trap "echo reloaded" HUP; trap "echo told; exit 5" TERM; echo ready; while :; do sleep 0.05; done'],
    });
    await supervised.until(/ready/);

    supervised.signal('SIGHUP');
    await supervised.until(/reloaded/);
    supervised.signal('SIGTERM');
    const report = await supervised.report();

    assert.match(supervised.output, /told/);
    assert.equal((await supervised.ended).code, 5);
    assert.ok((report.program.toldAfterMs ?? 0) >= 500, `told after ${report.program.toldAfterMs} ms`);
  });

  test(`standard input and an exit by signal pass through the first process, ${where}`, { skip }, async () => {
    await using supervised = Supervised.start({
      asFirstProcess: true,
      nodeArguments,
      command: ['sh', '-c', 'read line; echo "read $line"; kill -KILL $$'],
    });
    supervised.stdin?.write('this\n');

    assert.equal((await supervised.ended).code, 137, supervised.output);
    assert.match(supervised.output, /read this/);
  });

  test(`a mistake on the command line is said once by the first process, ${where}`, { skip }, async () => {
    await using supervised = Supervised.start({ asFirstProcess: true, nodeArguments, options: ['--front', '1'], command: ['true'] });

    assert.equal((await supervised.ended).code, 2);
    assert.equal(supervised.output.match(/--front must be/g)?.length, 1, supervised.output);
  });
}

test('of forty signals in a row below a shell none is lost that has a meaning of its own', { skip }, async () => {
  await using supervised = Supervised.start({
    asFirstProcess: true,
    command: [
      'node',
      '--eval',
      'let n = 0; process.on("SIGUSR2", () => console.log(`signal ${++n}`)); setInterval(() => {}, 1000); console.log("ready")',
    ],
  });
  await supervised.until(/ready/);

  for (let count = 1; count <= 40; count++) {
    supervised.signal('SIGUSR2');
    await supervised.until(new RegExp(`signal ${count}\\b`));
  }
});

/** What lives in the PID namespace of this process, zombies included. */
function namespaceOf(first: number): readonly { readonly pid: number; readonly state: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // Orphans are children of the first process.
        return Number(parent) === first ? [{ pid: Number(name), state }] : [];
      } catch {
        return [];
      }
    });
}
