import type { DrillReport } from './report-document.ts';

/** What a reader must not take from a drill. */
export function limitsOf({ load, events }: Pick<DrillReport, 'load' | 'events'>): readonly string[] {
  return [
    'A stopped task has the stopCode UserInitiated; an interrupted one SpotInterruption, TerminationNotice or none. Rules that match only the code do not see a drill.',
    'On StopTask, ECS deregisters the target and waits for the deregistration delay before SIGTERM. On an interruption SIGTERM may come first, while requests still arrive, so a clean drill does not prove that an interruption is: `spotproof lab` does that.',
    'Spot gave its capacity back to nobody here: replacements may start at once, where after a real interruption there may be none for a while.',
    ...(load.driven ? ['Only requests that the drill itself sent were counted.'] : [`Requests were not counted: ${load.why}`]),
    ...(events.watched
      ? []
      : ['Events were not watched, so nothing is known of the rule. Give --queue-url a queue of its own that the rule also feeds.']),
  ];
}
