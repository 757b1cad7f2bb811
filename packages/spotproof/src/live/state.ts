import type { ControllerEvent, LiveEvent, LoadEvent, RunEvent, TaskEvent, VerdictEvent, WorkEvent } from './events.ts';

/**
 * One event further. Pure, and the same function on both sides: the server makes snapshots with it for whoever cannot have the whole story, and the page
 * follows the story with it. Its text goes into the page (`page/script.ts`), so this file's functions may use nothing but each other and {@link LIVE_LIMITS}.
 */
export function stepLive(state: LiveState, event: LiveEvent): LiveState {
  const next: LiveState = { ...state, lastAt: Math.max(state.lastAt, event.at) };
  switch (event.type) {
    case 'run':
      return withLine(beginRun(state, event), { at: event.at, who: 'lab', text: `run begins: ${event.command.join(' ')}`, tone: 'plain' });
    case 'phase':
      return withLine(
        { ...next, phase: event.phase, phases: [...next.phases, { phase: event.phase, at: event.at }].slice(-LIVE_LIMITS.phases) },
        phaseLine(event),
      );
    case 'note':
      return withLine(
        { ...next, notes: [...next.notes, event.text].slice(-LIVE_LIMITS.notes) },
        { at: event.at, who: 'note', text: event.text, tone: 'plain' },
      );
    case 'task':
      return withLine({ ...next, tasks: withTask(next.tasks, event) }, taskLine(event));
    case 'target':
      return withLine(
        {
          ...next,
          nodes: next.nodes.includes(event.node) ? next.nodes : [...next.nodes, event.node].toSorted().slice(0, LIVE_LIMITS.nodes),
          tasks: next.tasks.map((task) =>
            task.id === event.taskId
              ? { ...task, health: { ...task.health, [event.node]: { state: event.state, reason: event.reason, at: event.at } } }
              : task,
          ),
        },
        {
          at: event.at,
          who: event.taskId,
          text: `${event.state} for ${event.node}${event.reason === undefined ? '' : ` (${event.reason})`}`,
          tone: event.state === 'unhealthy' ? 'warn' : 'plain',
        },
      );
    case 'load':
      return withLine({ ...next, load: event, series: withLoad(next, event) }, lossLine(next.load, event));
    case 'balancer':
      return { ...next, inFlight: event.inFlight };
    case 'controller':
      return withLine({ ...next, controller: withDecision(next.controller, event) }, controllerLine(event));
    case 'work':
      return withLine({ ...next, work: event }, doubledLine(next.work, event));
    case 'verdict':
      return withLine(
        { ...next, verdict: event },
        { at: event.at, who: 'lab', text: `verdict: ${event.words}`, tone: event.tone === 'bad' ? 'bad' : 'plain' },
      );
  }
  // A type that a newer lab knows and this page does not.
  return state;
}

export function emptyLive(): LiveState {
  return {
    earlier: [],
    run: undefined,
    lastAt: 0,
    phase: undefined,
    phases: [],
    tasks: [],
    nodes: [],
    load: undefined,
    series: { bucketMs: 1000, points: [] },
    inFlight: undefined,
    controller: [],
    work: undefined,
    notes: [],
    lines: [],
    lineCount: 0,
    verdict: undefined,
  };
}

function beginRun(state: LiveState, event: RunEvent): LiveState {
  const { run, verdict } = state;
  const earlier =
    run === undefined || verdict === undefined ? state.earlier : [...state.earlier, { label: run.label, verdict }].slice(-LIVE_LIMITS.runs);
  return { ...emptyLive(), earlier, run: event, lastAt: event.at };
}

function withLine(state: LiveState, line: LiveLine | undefined): LiveState {
  if (line === undefined) return state;
  return { ...state, lines: [...state.lines, line].slice(-LIVE_LIMITS.lines), lineCount: state.lineCount + 1 };
}

function phaseLine(event: { readonly at: number; readonly phase: string }): LiveLine {
  return { at: event.at, who: 'lab', text: `phase ${event.phase}`, tone: 'plain' };
}

function withTask(tasks: readonly LiveTask[], event: TaskEvent): readonly LiveTask[] {
  const known = tasks.find(({ id }) => id === event.taskId);
  if (known !== undefined) return tasks.map((task) => (task === known ? stepTask(task, event) : task));
  const born: LiveTask = { id: event.taskId, bornAt: event.at, state: undefined, crashed: false, health: {}, marks: [] };
  const room = tasks.length < LIVE_LIMITS.tasks ? tasks : tasks.slice(1);
  return [...room, stepTask(born, event)];
}

function stepTask(task: LiveTask, { at, change }: TaskEvent): LiveTask {
  const marked = (text: string, facts: Partial<LiveTask> = {}): LiveTask => ({
    ...task,
    ...facts,
    marks: [...task.marks, { at, kind: change.kind, text }].slice(-LIVE_LIMITS.marks),
  });
  switch (change.kind) {
    case 'state':
      return { ...task, state: change.state };
    case 'listening':
      return { ...task, listeningAt: at };
    case 'registered':
      return { ...task, registeredAt: at };
    case 'interrupted':
      return { ...task, interruptedAt: at };
    case 'deregistered':
      return marked('deregistered', { deregisteredAt: at });
    case 'listener-closed':
      return marked('listener closed', { listenerClosedAt: at });
    case 'signal':
      return marked(change.signal, change.signal === 'SIGKILL' ? { sigkillAt: at } : { sigtermAt: task.sigtermAt ?? at });
    case 'fault-began':
      return marked(`sick: ${change.fault}`, { fault: change.fault });
    case 'fault-ended':
      return marked(`no longer ${change.fault}`, { fault: undefined });
    case 'exited':
      // After SIGKILL its mark says it all.
      if (task.sigkillAt !== undefined) return { ...task, exitedAt: at };
      return marked(change.crashed ? `crashed (${change.exit})` : `exit ${change.exit}`, { exitedAt: at, crashed: change.crashed });
  }
  return task;
}

function taskLine({ at, taskId, change }: TaskEvent): LiveLine | undefined {
  const line = (text: string, tone: LiveLine['tone'] = 'plain'): LiveLine => ({ at, who: taskId, text, tone });
  switch (change.kind) {
    case 'state':
      return line(change.state);
    case 'listening':
    case 'registered':
    case 'deregistered':
      return line(change.kind);
    case 'interrupted':
      return line('Spot takes it back', 'warn');
    case 'listener-closed':
      return line('stopped listening', 'warn');
    case 'signal':
      return line(change.signal, change.signal === 'SIGKILL' ? 'bad' : 'warn');
    case 'fault-began':
      return line(`made sick (${change.fault})`, 'warn');
    case 'fault-ended':
      return line(`no longer sick (${change.fault})`);
    case 'exited':
      return change.crashed ? line(`CRASHED with exit ${change.exit}`, 'bad') : line(`gone (exit ${change.exit})`);
  }
  return undefined;
}

/** What was not answered well since the last look. */
function lossLine(before: LoadEvent | undefined, { at, byOutcome }: LoadEvent): LiveLine | undefined {
  const rises = Object.entries(byOutcome)
    .map(([outcome, count]) => ({ outcome, more: count - (before?.byOutcome[outcome] ?? 0) }))
    .filter(({ outcome, more }) => outcome !== 'answered' && more > 0);
  if (rises.length === 0) return undefined;
  return { at, who: 'load', text: `not answered well: ${rises.map(({ outcome, more }) => `${more} ${outcome}`).join(', ')}`, tone: 'bad' };
}

function doubledLine(before: WorkEvent | undefined, { at, doubled }: WorkEvent): LiveLine | undefined {
  const more = doubled - (before?.doubled ?? 0);
  if (more <= 0) return undefined;
  return { at, who: 'sink', text: `done more than once: ${more} ${more === 1 ? 'piece' : 'pieces'} of work`, tone: 'bad' };
}

function withLoad(state: LiveState, event: LoadEvent): LiveSeries {
  const before = state.load;
  const answered = event.byOutcome['answered'] ?? 0;
  const answeredBefore = before?.byOutcome['answered'] ?? 0;
  const point = {
    sent: event.sent - (before?.sent ?? 0),
    answered: answered - answeredBefore,
    other: event.ended - answered - ((before?.ended ?? 0) - answeredBefore),
  };
  const { bucketMs } = state.series;
  const index = Math.floor((event.at - (state.run?.at ?? event.at)) / bucketMs);
  const points = addPoint(state.series.points, { index, ...point });
  if (points.length <= LIVE_LIMITS.points) return { bucketMs, points };
  // A long run is drawn in coarser steps.
  const none: readonly LivePoint[] = [];
  return { bucketMs: bucketMs * 2, points: points.reduce((merged, one) => addPoint(merged, { ...one, index: Math.floor(one.index / 2) }), none) };
}

function addPoint(points: readonly LivePoint[], point: LivePoint): readonly LivePoint[] {
  const last = points.at(-1);
  if (last === undefined || last.index !== point.index) return [...points, point];
  return [
    ...points.slice(0, -1),
    { index: point.index, sent: last.sent + point.sent, answered: last.answered + point.answered, other: last.other + point.other },
  ];
}

function withDecision(units: readonly LiveUnit[], { at, decision }: ControllerEvent): readonly LiveUnit[] {
  const unit = typeof decision['unit'] === 'string' ? decision['unit'] : 'none';
  const known = units.find((one) => one.unit === unit);
  const state = typeof decision['state'] === 'string' ? decision['state'] : known?.state;
  const figures: Record<string, number> = {};
  for (const [name, value] of Object.entries(decision['figures'] ?? known?.figures ?? {})) if (typeof value === 'number') figures[name] = value;
  const next: LiveUnit = { unit, at, state, figures, decisions: (known?.decisions ?? 0) + 1 };
  return known === undefined ? [...units, next].slice(-LIVE_LIMITS.units) : units.map((one) => (one === known ? next : one));
}

function controllerLine({ at, decision }: ControllerEvent): LiveLine {
  const word = (name: string): string | undefined => (typeof decision[name] === 'string' && decision[name] !== '' ? decision[name] : undefined);
  const [state, before] = [word('state'), word('previousState')];
  const actions: readonly unknown[] = Array.isArray(decision['actions']) ? decision['actions'] : [];
  const words = [
    word('type') ?? 'decision',
    word('unit'),
    state !== undefined && before !== undefined && before !== state ? `${before} → ${state}` : state,
    word('outcome'),
    word('why'),
    actions.length === 0 ? undefined : `${actions.length} ${actions.length === 1 ? 'action' : 'actions'}`,
    word('problem'),
  ];
  return { at, who: 'controller', text: words.filter((one) => one !== undefined).join(' · '), tone: word('problem') === undefined ? 'plain' : 'bad' };
}

/** What bounds a state, and with it every snapshot: what is older is left out, first of all of the list of events. */
export const LIVE_LIMITS = { lines: 200, tasks: 300, marks: 30, nodes: 12, phases: 20, notes: 20, points: 600, runs: 8, units: 100 } as const;

/** All that the page shows. Everything in it survives JSON; what is undefined may be missing. */
export interface LiveState {
  /** The verdicts of the runs before this one. */
  readonly earlier: readonly { readonly label: string; readonly verdict: VerdictEvent }[];
  readonly run: RunEvent | undefined;
  /** When the newest event happened. */
  readonly lastAt: number;
  readonly phase: string | undefined;
  readonly phases: readonly { readonly phase: string; readonly at: number }[];
  readonly tasks: readonly LiveTask[];
  readonly nodes: readonly string[];
  readonly load: LoadEvent | undefined;
  readonly series: LiveSeries;
  readonly inFlight: number | undefined;
  /** What the controller thinks of each unit, by its latest decision. */
  readonly controller: readonly LiveUnit[];
  /** Undefined in a run without a sink, and until it is told something. */
  readonly work?: WorkEvent | undefined;
  readonly notes: readonly string[];
  /** The newest last. */
  readonly lines: readonly LiveLine[];
  /** All lines that there ever were in this run. */
  readonly lineCount: number;
  readonly verdict: VerdictEvent | undefined;
}

export interface LiveTask {
  readonly id: string;
  readonly bornAt: number;
  /** The state of the task in ECS. */
  readonly state: string | undefined;
  readonly listeningAt?: number;
  readonly registeredAt?: number;
  readonly interruptedAt?: number;
  readonly deregisteredAt?: number;
  readonly sigtermAt?: number;
  readonly sigkillAt?: number;
  readonly listenerClosedAt?: number;
  readonly exitedAt?: number;
  readonly crashed: boolean;
  /** What it is sick of now. */
  readonly fault?: string | undefined;
  /** What each node thinks of it. */
  readonly health: Readonly<Record<string, { readonly state: string; readonly reason?: string | undefined; readonly at: number }>>;
  readonly marks: readonly { readonly at: number; readonly kind: TaskEvent['change']['kind']; readonly text: string }[];
}

/** Requests over time, in steps of `bucketMs` from the begin of the run; steps without news are left out. */
export interface LiveSeries {
  readonly bucketMs: number;
  readonly points: readonly LivePoint[];
}

export interface LivePoint {
  readonly index: number;
  readonly sent: number;
  readonly answered: number;
  readonly other: number;
}

export interface LiveUnit {
  readonly unit: string;
  readonly at: number;
  readonly state: string | undefined;
  readonly figures: Readonly<Record<string, number>>;
  readonly decisions: number;
}

export interface LiveLine {
  readonly at: number;
  readonly who: string;
  readonly text: string;
  readonly tone: 'plain' | 'warn' | 'bad';
}

/** For the page's script. */
export const STATE_FUNCTIONS = [
  stepLive,
  emptyLive,
  beginRun,
  withLine,
  phaseLine,
  withTask,
  stepTask,
  taskLine,
  lossLine,
  doubledLine,
  withLoad,
  addPoint,
  withDecision,
  controllerLine,
] as const;
