import process from 'node:process';
import { epochNow } from '../../epoch.ts';
import { RecordFile } from '../../load/process/record-file.ts';
import type { SinkCommand, SinkReport } from '../protocol.ts';
import { SinkServer } from '../sink-server.ts';
import type { WorkRecord } from '../work-record.ts';

/**
 * The sink as a process of its own, so that what tasks have to say never makes the lab late. Forked with an IPC channel that carries `../protocol.ts`; ends when
 * that channel closes.
 */
function main(): void {
  if (process.send === undefined) {
    process.stderr.write('This is the sink of `spotproof lab --work`. Run that, which starts it.\n');
    process.exitCode = 2;
    return;
  }
  let sink: RunningSink | undefined;
  const fail = (error: unknown): void => report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });

  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole process group; the lab decides what it means.
  process.on('SIGINT', () => {});
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.on('message', (message) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only sender is the lab, compiled against the same type
    const command = message as SinkCommand;
    switch (command.type) {
      case 'start':
        sink = new RunningSink(command.recordsPath, fail);
        void sink.start().catch(fail);
        return;
      case 'finish':
        void sink?.finish().catch(fail);
        return;
    }
  });
}

/** The sink with its file, telling the lab how the work stands. */
class RunningSink {
  readonly #records: RecordFile<WorkRecord>;
  readonly #onFailure: (error: unknown) => void;
  #server: SinkServer | undefined;
  #news: NodeJS.Timeout | undefined;

  constructor(recordsPath: string, onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
    this.#records = new RecordFile(recordsPath, onFailure);
  }

  async start(): Promise<void> {
    this.#server = await SinkServer.open({
      onRecord: (record) => {
        this.#records.append(record);
        this.#news ??= setTimeout(() => this.#tell(), TELL_AFTER_MS);
      },
    });
    report({ type: 'listening', port: this.#server.port });
  }

  async finish(): Promise<void> {
    const ledger = this.#server?.ledger;
    this.#server?.finish();
    clearTimeout(this.#news);
    this.#tell();
    await this.#records.close();
    if (ledger?.isFull === true) this.#onFailure(new Error('more was told than it can keep'));
    else report({ type: 'done', records: ledger?.records ?? 0 });
  }

  #tell(): void {
    this.#news = undefined;
    if (this.#server !== undefined) report({ type: 'figures', at: epochNow(), figures: this.#server.ledger.figures });
  }
}

function report(message: SinkReport): void {
  // The channel may close at any time; the `disconnect` handler ends the process, so the error has nobody to go to.
  process.send?.(message, undefined, undefined, () => {});
}

const TELL_AFTER_MS = 100;

main();
