/** Replaces `process.exit`: each call asks `held` first, and really exits only when that says false. */
export function interceptExit(held: (code: number | undefined) => boolean): void {
  const exit = process.exit.bind(process);
  const intercepting = (...args: Parameters<typeof process.exit>): void => {
    if (held(codeOf(args[0]))) return;
    exit(...args);
  };
  // It claims never to return, and held it does: no function can both wait and block. The report names the caller.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  process.exit = intercepting as typeof process.exit;
}

function codeOf(argument: number | string | null | undefined): number | undefined {
  const code = Number(argument ?? process.exitCode ?? Number.NaN);
  return Number.isInteger(code) ? code : undefined;
}
