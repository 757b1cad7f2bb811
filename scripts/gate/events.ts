/** What the gate's reporter writes for each test, one JSON object per line. */
export interface TestEvent {
  readonly kind: 'start' | 'pass' | 'fail';
  readonly name: string;
  readonly nesting: number;
  readonly suite: boolean;
  /** True, or the reason, when the test was skipped. */
  readonly skip: boolean | string;
  readonly todo: boolean | string;
  /** True for a parent that failed only because one of its children did. */
  readonly failedByChildren: boolean;
}

export function parseEvents(lines: string): readonly TestEvent[] {
  return lines
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line): TestEvent => JSON.parse(line));
}
