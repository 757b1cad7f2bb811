/** What the lab tells the controller's process, over the IPC channel. The process ends when the channel closes. */
export interface ControllerCommand {
  readonly type: 'start';
  /** As `spotproof controller --units` reads them. */
  readonly units: readonly object[];
  readonly queueUrl: string;
  readonly endpoint: string;
  readonly region: string;
}

/** What it tells the lab. */
export type ControllerReport =
  /** A line of its decision log, before it is a line. `at` is epoch milliseconds. */
  | { readonly type: 'decision'; readonly at: number; readonly decision: Readonly<Record<string, unknown>> }
  | { readonly type: 'failed'; readonly message: string };
