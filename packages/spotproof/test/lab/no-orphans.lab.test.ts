import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabOptions } from '../../src/verdict/lab-run.ts';
import { APP, clearAfter, labOptions, run, type MarkedOptions } from './support/lab.ts';
import { eventually, isAlive, processesWith } from './support/processes.ts';

describe('no process outlives the lab', { concurrency: 3 }, () => {
  for (const pidNamespaces of ['auto', 'off'] as const) {
    for (const phase of ['starting', 'health', 'control', 'interruption'] as const) {
      it(`that is aborted in the phase ${phase} (PID namespaces ${pidNamespaces})`, async (t) => {
        const options = labOptions({
          ...STUBBORN,
          pidNamespaces,
          controlMs: phase === 'interruption' ? 0 : 60_000,
          interruptions: [{ count: 1, atMs: 100 }],
        });
        const abort = new AbortController();

        const { run: result } = await run(t, options, {
          signal: abort.signal,
          onProgress: (progress) => {
            if (progress.type !== 'phase' || progress.phase !== phase) return;
            // Not at the very moment: processes are on their way then.
            setTimeout(() => abort.abort(), phase === 'interruption' ? 400 : 100);
          },
        });

        assert.equal(result.cancelled, true);
        assert.equal(result.failure, undefined);
        await eventually('no process of the run is left', () => processesWith(options.marker).length === 0, 5000);
      });
    }

    for (const moment of ['starting', 'control'] as const) {
      it(`that is SIGKILLed in the phase ${moment} (PID namespaces ${pidNamespaces})`, async (t) => {
        const options = labOptions({ ...STUBBORN, pidNamespaces });
        clearAfter(t, options);
        const lab = startLabProcess(options);
        t.after(() => lab.child.kill('SIGKILL'));
        await eventually(`the lab is in the phase ${moment}`, () => lab.phases().includes(moment));
        // A different moment of it for each of the two modes, for what it is worth.
        await delay(pidNamespaces === 'auto' ? 40 : 120);
        const pids = descendants(options, lab.child.pid);

        lab.child.kill('SIGKILL');

        await eventually('no process of the lab is left', () => processesWith(options.marker).length === 0 && !pids.some(isAlive), 10_000);
        if (moment === 'control') assert.ok(pids.length >= 5, `there were tasks, a balancer, a generator and a sink: ${pids.length}`);
      });
    }

    it(`that is SIGKILLed at any moment of its start (PID namespaces ${pidNamespaces})`, async (t) => {
      for (let round = 0; round < KILL_ROUNDS; round++) {
        const options = labOptions({ ...STUBBORN, pidNamespaces });
        clearAfter(t, options);
        const lab = startLabProcess(options);
        t.after(() => lab.child.kill('SIGKILL'));
        // Spread over the time in which its processes come up: no fact to wait for, the moment is the input.
        const moment = 100 + (900 * (round + 0.5)) / KILL_ROUNDS;
        await delay(moment);

        lab.child.kill('SIGKILL');

        await eventually(
          `nothing is left of a lab that was killed ${Math.round(moment)} ms after its start`,
          () => processesWith(options.marker).length === 0,
          10_000,
        );
      }
    });
  }
});

/** How often a lab is killed at different moments of its start; the soak run asks for more. */
const KILL_ROUNDS = Number(process.env['SPOTPROOF_KILL_ROUNDS'] ?? 8);

/** Ends for nothing but SIGKILL, and has a child of its own. */
const STUBBORN: Partial<LabOptions> = {
  command: [process.execPath, APP, 'with-child'],
  controlMs: 60_000,
  work: { waitMs: 1000 },
};

function startLabProcess(options: LabOptions): { readonly child: ReturnType<typeof spawn>; phases(): readonly string[] } {
  const script = path.join(import.meta.dirname, 'support', 'lab-process.program.ts');
  const child = spawn(process.execPath, ['--conditions=@spotproof/source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The marker is in the environment of the lab's own processes as well.
    env: { ...process.env, ...options.env },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, phases: () => output.split('\n') };
}

/** Every process of the run but the lab itself. */
function descendants(options: MarkedOptions, labPid: number | undefined): readonly number[] {
  return processesWith(options.marker).filter((pid) => pid !== labPid);
}
