import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Started extends AsyncDisposable {
  readonly pid: number;
  readonly process: ChildProcess;
}

/** Starts a program that serves until it is disposed of; it dies with this process, too. */
export function start(command: string, args: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly ipc?: boolean } = {}): Started {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'inherit', ...(options.ipc === true ? (['ipc'] as const) : [])],
    env: options.env ?? process.env,
  });
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  if (child.pid === undefined) throw new Error(`${command} did not start.`);
  return {
    pid: child.pid,
    process: child,
    async [Symbol.asyncDispose]() {
      process.off('exit', onExit);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** Resolves when something accepts connections on the port; throws after ten seconds. */
export async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await accepts(port)) return;
    await sleep(50);
  }
  throw new Error(`Nothing listened on port ${port} within 10 s.`);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
