import process from 'node:process';
import type { LoadCommand, LoadReport } from '../protocol.ts';
import { LoadRun } from './load-run.ts';

/**
 * The load generator as a process of its own, so that neither the lab nor the balancer can make it late. Forked with an IPC channel that
 * carries `../protocol.ts`; ends when that channel closes, whatever it is doing, so that no orphan goes on sending.
 */
function main(): void {
  if (process.send === undefined) {
    process.stderr.write('This is the load generator of `spotproof lab`. Run `spotproof lab -- <command>`, which starts it.\n');
    process.exitCode = 2;
    return;
  }
  let run: LoadRun | undefined;
  const fail = (error: unknown): void => report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });

  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the lab decides what it means, and says so by `finish` or by closing the channel.
  process.on('SIGINT', () => {});
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('message', (command) => {
    if (!isLoadCommand(command)) {
      fail(new Error(`Expected a command of load/protocol.ts, got ${JSON.stringify(command)}. Fork the generator with the lab of the same version.`));
      return;
    }
    switch (command.type) {
      case 'start':
        if (run !== undefined) fail(new Error('Expected one `start`, got a second one. Fork a new generator for each run.'));
        else run = new LoadRun({ config: command.config, report });
        return;
      case 'finish':
        if (run === undefined) fail(new Error('Expected `start` before `finish`, got `finish` alone.'));
        else void run.finish().catch(fail);
        return;
    }
  });
}

/** The lab is compiled against the same type, so what follows the name of a command is trusted. */
function isLoadCommand(message: unknown): message is LoadCommand {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    (message.type === 'finish' || (message.type === 'start' && 'config' in message))
  );
}

function report(message: LoadReport): void {
  // The channel may close at any time; the `disconnect` handler ends the process, so the error has nobody to go to.
  process.send?.(message, undefined, undefined, () => {});
}

main();
