/** What the lab tells a keeper, over the IPC channel. When the channel closes, the keeper kills what it runs and ends. */
export type KeeperCommand =
  | { readonly type: 'run'; readonly command: readonly string[]; readonly cwd: string; readonly env: Readonly<Record<string, string>> }
  /** SIGTERM goes to the command alone, as ECS signals PID 1; SIGKILL to its whole process group. */
  | { readonly type: 'signal'; readonly signal: 'SIGTERM' | 'SIGKILL' };

export type KeeperReport =
  | { readonly type: 'running'; readonly pid: number }
  | { readonly type: 'ended'; readonly code: number | undefined; readonly signal: string | undefined };
