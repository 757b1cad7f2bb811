// A process of its own, between the lab and one task, on systems without PID namespaces. It stays there so that nothing of the task
// is left when the lab is gone, even by SIGKILL. It imports nothing but Node, to be small and to start fast.
import { spawn, type ChildProcess } from 'node:child_process';
import type { KeeperCommand, KeeperReport } from './keeper-protocol.ts';

let child: ChildProcess | undefined;

process.on('message', (message) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only sender is our own lab, compiled against the same type
  const command = message as KeeperCommand;
  if (command.type === 'run') run(command);
  else signal(command.signal);
});
process.on('disconnect', () => process.exit(0));
// However it ends, also by a bug of its own: the group goes first.
process.on('exit', killGroup);

function run(command: Extract<KeeperCommand, { readonly type: 'run' }>): void {
  const [program = '', ...args] = command.command;
  child = spawn(program, args, { cwd: command.cwd, env: { ...command.env }, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    report({ type: 'ended', code: 127, signal: undefined });
  });
  child.once('exit', (code, signalName) => {
    // With PID 1 a container ends as a whole.
    killGroup();
    report({ type: 'ended', code: code ?? undefined, signal: signalName ?? undefined });
  });
  if (child.pid !== undefined) report({ type: 'running', pid: child.pid });
}

function signal(name: 'SIGTERM' | 'SIGKILL'): void {
  if (name === 'SIGKILL') killGroup();
  else child?.kill(name);
}

function killGroup(): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing is left of the group.
  }
}

function report(message: KeeperReport): void {
  // The lab may be gone at this very moment: then there is nobody to tell, and without a callback the failed write would be thrown.
  process.send?.(message, undefined, undefined, () => {});
}
