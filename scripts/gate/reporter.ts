import type { EventData } from 'node:test';
import type { TestEvent as NodeTestEvent } from 'node:test/reporters';
import type { TestEvent } from './events.ts';

/** Writes one line for each start and end of a test, for {@link parseEvents}. */
// oxlint-disable-next-line import/no-default-export -- node:test loads a reporter by its default export
export default async function* report(source: AsyncIterable<NodeTestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    // `test:start` comes late, in the order of definition; `test:dequeue` comes when the test really begins.
    if (event.type === 'test:dequeue') yield line('start', event.data);
    else if (event.type === 'test:pass') yield line('pass', event.data);
    else if (event.type === 'test:fail') yield line('fail', event.data);
  }
}

function line(kind: TestEvent['kind'], data: EventData.TestDequeue | EventData.TestPass | EventData.TestFail): string {
  const details = 'details' in data ? data.details : undefined;
  const error = details !== undefined && 'error' in details ? details.error : undefined;
  const event: TestEvent = {
    kind,
    name: data.name,
    nesting: data.nesting,
    suite: details?.type === 'suite',
    skip: ('skip' in data ? data.skip : undefined) ?? false,
    todo: ('todo' in data ? data.todo : undefined) ?? false,
    failedByChildren: error !== undefined && 'failureType' in error && error.failureType === 'subtestsFailed',
  };
  return `${JSON.stringify(event)}\n`;
}
