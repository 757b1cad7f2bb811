import type { WorkFigures } from './tally.ts';

/** What the lab tells the sink's process, over the IPC channel. The process ends when the channel closes. */
export type SinkCommand =
  | {
      readonly type: 'start';
      /** Where to write one `WorkRecord` a line. */
      readonly recordsPath: string;
    }
  /** What is told from now on is refused; answer `done` when the record is complete. */
  | { readonly type: 'finish' };

/** What the sink tells the lab. */
export type SinkReport =
  /** Of 127.0.0.1. */
  | { readonly type: 'listening'; readonly port: number }
  /** Soon after they have changed. */
  | { readonly type: 'figures'; readonly at: number; readonly figures: WorkFigures }
  /** The record is complete, with so many lines. */
  | { readonly type: 'done'; readonly records: number }
  | { readonly type: 'failed'; readonly message: string };
