import { epochNow } from '../../epoch.ts';
import type { RelayCommand, RelayReport } from '../protocol.ts';
import { Relay } from '../relay.ts';

// The relay of one task as a process of its own, so that neither the balancer nor the lab waits for it. Gone when the IPC channel closes.

let relay: Relay | undefined;

if (process.send === undefined) {
  process.stderr.write('The relay is started by the lab and talks to it over IPC; it cannot be run by hand.\n');
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('message', (command: RelayCommand) => {
  handle(command).catch(fail);
});
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', fail);

async function handle(command: RelayCommand): Promise<void> {
  switch (command.type) {
    case 'start':
      relay = new Relay(command.port);
      report({ type: 'listening', port: await relay.listen() });
      return;
    case 'begin':
      relay?.begin(command.fault);
      report({ type: 'began', at: epochNow() });
      return;
    case 'end':
      relay?.end();
      report({ type: 'ended', at: epochNow() });
      return;
  }
}

function report(message: RelayReport): void {
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!process.connected) process.exit(3);
  process.send?.({ type: 'failed', message } satisfies RelayReport, undefined, {}, () => process.exit(3));
}
