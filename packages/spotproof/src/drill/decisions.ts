/** What the controller wrote about one task and one target group. */
export interface DeregisterNote {
  readonly taskArn: string;
  readonly outcome: string;
}

/** Reads the decisions log of the controller: one JSON object a line. Lines that are something else are skipped, for a log may hold anything. */
export function parseDeregisterNotes(text: string): readonly DeregisterNote[] {
  return text.split('\n').flatMap((line) => {
    const value = parse(line);
    if (typeof value !== 'object' || value === null) return [];
    const fields = new Map<string, unknown>(Object.entries(value));
    const taskArn = fields.get('taskArn');
    const outcome = fields.get('outcome');
    return fields.get('type') === 'deregister' && typeof taskArn === 'string' && typeof outcome === 'string' ? [{ taskArn, outcome }] : [];
  });
}

/** Who took the task out of its target groups; `nobody` when the controller wrote nothing about it, or could not. */
export function firstToDeregister(taskArn: string, notes: readonly DeregisterNote[]): 'aws' | 'controller' | 'nobody' {
  const outcomes = notes.filter((note) => note.taskArn === taskArn).map(({ outcome }) => outcome);
  if (outcomes.includes('deregistered')) return 'controller';
  return outcomes.includes('aws-was-first') ? 'aws' : 'nobody';
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
