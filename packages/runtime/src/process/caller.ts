/** Where in the app the current call comes from, as `file:line:column`, or undefined when only Node and this package are on the stack. */
export function callerLocation(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const { stack } = new Error('location');
  Error.stackTraceLimit = limit;
  if (typeof stack !== 'string') return undefined;
  for (const line of stack.split('\n').slice(1)) {
    const location = /(?:\(|\bat )(?:async )?(?:file:\/\/)?(\/[^()]*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (location !== undefined && !location.startsWith(OWN_FOLDER)) return location;
  }
  return undefined;
}

/** The folder that holds this package's code, `src` or `dist`. */
const OWN_FOLDER = new URL('..', import.meta.url).pathname;
