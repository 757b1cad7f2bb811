/** What a drill shall do. Times in milliseconds. */
export interface DrillOptions {
  readonly cluster: string;
  readonly service: string;
  /** Tasks to stop in each wave; `all` that run when it begins. */
  readonly count: number | 'all';
  /** 1 to 20. */
  readonly waves: number;
  /** From the start of a wave to the start of the next. */
  readonly intervalMs: number;
  /** How long the service may take to be back at strength, counted from the last wave. */
  readonly timeoutMs: number;
  /** How long to watch, and to drive load, before the first wave. */
  readonly controlMs: number;
  readonly permissions: Permissions;
}

/** What a drill may do only when it is told that it may. */
export interface Permissions {
  /** Leave this machine: anything but a loopback address. */
  readonly aws: boolean;
  /** Touch what is called, or tagged, production. */
  readonly production: boolean;
  /** Leave the service without a serving task, or begin while it is not at strength. */
  readonly outage: boolean;
}
