import type { BlameRule } from '../types.ts';
import { acceptQueueReset } from './accept-queue-reset.ts';
import { appAnsweredBadly } from './app-answered-badly.ts';
import { appRefusedWork } from './app-refused-work.ts';
import { closedWithAFault } from './closed-with-a-fault.ts';
import { connectionCut } from './connection-cut.ts';
import { closedWhileInFlight } from './closed-while-in-flight.ts';
import { crashed } from './crashed.ts';
import { deregistrationDelayElapsed } from './deregistration-delay-elapsed.ts';
import { exitedInFlight } from './exited-in-flight.ts';
import { garbage } from './garbage.ts';
import { idleClosedInShutdown } from './idle-closed-in-shutdown.ts';
import { keepAliveRace } from './keep-alive-race.ts';
import { killedInFlight } from './killed-in-flight.ts';
import { listenerClosed } from './listener-closed.ts';
import { noTarget } from './no-target.ts';
import { ranOutOfTime } from './ran-out-of-time.ts';
import { failOpen, plantedFault, sentToSickTask } from './sick-task.ts';
import { signalUnheard } from './signal-unheard.ts';
import { timedOut } from './timed-out.ts';
import { unknown } from './unknown.ts';
import { wrongAnswer } from './wrong-answer.ts';

/** What was done to a task on purpose comes first, then what the answer itself shows, then how the task ended, then what it did before it ended. The last one takes the rest. */
export const RULES: readonly BlameRule[] = [
  failOpen,
  plantedFault,
  sentToSickTask,
  garbage,
  closedWithAFault,
  wrongAnswer,
  appRefusedWork,
  appAnsweredBadly,
  noTarget,
  deregistrationDelayElapsed,
  crashed,
  connectionCut,
  signalUnheard,
  timedOut,
  acceptQueueReset,
  listenerClosed,
  killedInFlight,
  ranOutOfTime,
  exitedInFlight,
  keepAliveRace,
  idleClosedInShutdown,
  closedWhileInFlight,
  unknown,
];
