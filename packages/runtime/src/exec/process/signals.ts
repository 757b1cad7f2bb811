/** Calls `stop` for the signals that end a container, `relay` for those that mean something else to a program. */
export function onSignals(options: {
  /** A further signal that ends this container: the image's STOPSIGNAL. */
  readonly alsoStop: NodeJS.Signals | undefined;
  stop(signal: NodeJS.Signals): void;
  relay(signal: NodeJS.Signals): void;
}): void {
  const stops = new Set<NodeJS.Signals>([...STOP_SIGNALS, ...(options.alsoStop === undefined ? [] : [options.alsoStop])]);
  for (const signal of stops) process.on(signal, () => options.stop(signal));
  for (const signal of RELAYED_SIGNALS) if (!stops.has(signal)) process.on(signal, () => options.relay(signal));
  // Whoever reads our output may be gone before we are.
  process.stderr.on('error', () => {});
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;
/** Those that programs give a meaning to: reload, reopen logs, dump, resize. */
const RELAYED_SIGNALS = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
