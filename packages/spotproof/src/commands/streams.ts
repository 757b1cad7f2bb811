/** Where commands write. The only place that knows about terminals. */
export const standardOutput = {
  write: (text: string): void => {
    process.stdout.write(text);
  },
  get hasColor(): boolean {
    return process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  },
  /** Columns of the terminal; 100 where there is none. */
  get width(): number {
    return process.stdout.columns ?? 100;
  },
};

export const standardError = {
  write: (text: string): void => {
    process.stderr.write(text);
  },
  get isTerminal(): boolean {
    return process.stderr.isTTY;
  },
};

/** Who reads from a pipe may have read enough, as `head` has: what is still written then is for nobody, and no fault. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
