import type { TestEvent } from './events.ts';

/** What came of one test file. Each problem is a sentence and fails the gate. */
export interface FileTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problems: readonly string[];
}

export interface FileEnd {
  readonly events: readonly TestEvent[];
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly limitMs: number;
  /** Command lines of processes that outlived the file. */
  readonly leftovers: readonly string[];
}

/** Judges one file by its events and by how its process ended: a test that did not run, or ran for nothing, must not look green. */
export function tally(end: FileEnd): FileTally {
  const { events } = end;
  const ended = events.filter((event) => event.kind !== 'start');
  const failures = ended.filter((event) => event.kind === 'fail' && !(event.suite && event.failedByChildren));
  const passes = ended.filter((event) => event.kind === 'pass');
  const skips = passes.filter((event) => event.skip !== false);
  const passed = passes.filter((event) => !event.suite && event.skip === false).length;
  const problems: string[] = [];

  for (const { name, skip } of skips) if (!hasReason(skip)) problems.push(`"${name}" is skipped without a reason. Write { skip: 'why' }.`);
  for (const { name, todo } of passes)
    if (todo !== false && !hasReason(todo)) problems.push(`"${name}" is a todo without a reason. Write { todo: 'why' }.`);
  const open = unfinished(events).map((name) => `"${name}"`);
  if (end.timedOut) {
    problems.push(
      `The file did not end within ${end.limitMs / 1_000} s and was killed. ${open.length === 0 ? 'All of its tests had ended' : `Still running: ${open.join(', ')}`}.`,
    );
  } else if (open.length > 0) {
    problems.push(`The file's process ended in the middle of ${open.join(', ')}.`);
  } else if (failures.length === 0 && end.status !== 0) {
    problems.push(`No test failed, but the file's process ended with ${end.signal ?? `status ${end.status}`}.`);
  }
  if (!end.timedOut && ended.length === 0) problems.push('The file ran no test.');
  for (const leftover of end.leftovers) problems.push(`A process was left behind and has been killed: ${leftover}`);

  // A problem with no failed test of its own counts as one, so that the sum tells the truth.
  const failed = failures.length > 0 || problems.length === 0 ? failures.length : 1;
  return { passed, failed, skipped: skips.length, problems };
}

function hasReason(reason: boolean | string): boolean {
  return typeof reason === 'string' && reason.trim() !== '';
}

/** Names of the tests that started and never ended, outermost first. */
function unfinished(events: readonly TestEvent[]): readonly string[] {
  const open: { readonly name: string; readonly nesting: number }[] = [];
  for (const { kind, name, nesting } of events) {
    if (kind === 'start') open.push({ name, nesting });
    else {
      const index = open.findIndex((start) => start.name === name && start.nesting === nesting);
      if (index !== -1) open.splice(index, 1);
    }
  }
  return open.map(({ name }) => name);
}
