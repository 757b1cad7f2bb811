import type { Outcome } from '../load/client-record.ts';

/**
 * The one document that a drill ends in: `--json` prints it, the text is made from it. Times named `…At` are milliseconds after `startedAt`, which is when
 * the watching began. Additions keep the schema number; removals and changes of meaning raise it.
 */
export interface DrillReport {
  readonly schema: 'spotproof.drill/1';
  readonly verdict: DrillVerdict;
  readonly exitCode: number;
  /** One sentence for a person. */
  readonly summary: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly service: ServiceFacts;
  readonly plan: PlanFacts;
  readonly strength: StrengthReport;
  readonly tasks: readonly DrilledTask[];
  /** Tasks that came after the first stop. */
  readonly replacements: readonly Replacement[];
  readonly events: EventReport;
  readonly load: LoadReport;
  readonly findings: readonly Finding[];
  /** What this drill cannot show, compared with a real interruption. */
  readonly limits: readonly string[];
  readonly spotproofVersion: string;
}

/**
 * `kept` back at strength in time and nothing known to be lost · `lost` requests were · `weakened` not back at strength in time · `cancelled` Ctrl-C ·
 * `void` nothing could be stopped, or AWS could not be watched.
 */
export type DrillVerdict = 'kept' | 'lost' | 'weakened' | 'cancelled' | 'void';

export interface ServiceFacts {
  readonly cluster: string;
  readonly name: string;
  /** Undefined: AWS itself. */
  readonly endpoint: string | undefined;
  readonly desiredCount: number;
  readonly spotTasks: number;
  readonly wasRollingOut: boolean;
  readonly stopTimeouts: readonly { readonly container: string; readonly seconds: number }[];
  readonly deregistrationDelays: readonly { readonly targetGroupArn: string; readonly seconds: number }[];
}

export interface PlanFacts {
  readonly count: number | 'all';
  readonly waves: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Waves, or parts of them, that were not done. */
  readonly notDone: readonly { readonly at: number; readonly what: string; readonly why: string }[];
}

/** Serving: healthy targets of the group with the fewest; running tasks where there is no target group. */
export interface StrengthReport {
  readonly before: number;
  readonly lowest: number;
  readonly lowestAt: number;
  /** How long nobody served. */
  readonly outageMs: number;
  /** From the first stop until the service was at strength for good; undefined when it never was again. */
  readonly timeToStrengthMs: number | undefined;
  readonly series: readonly {
    readonly at: number;
    readonly serving: number;
    readonly running: number;
    readonly pending: number;
    readonly desired: number;
  }[];
}

export interface DrilledTask {
  readonly arn: string;
  readonly id: string;
  readonly capacityProviderName: string | undefined;
  readonly wave: number;
  readonly stopRequestedAt: number;
  /** Undefined: never, or nobody watched. */
  readonly eventSeenAt: number | undefined;
  /** How many events told of its end. */
  readonly eventDeliveries: number;
  /** When its target was first seen draining or gone, in the last group to do so. */
  readonly drainingAt: number | undefined;
  /** SIGTERM is sent when a task enters this state. */
  readonly stoppingAt: number | undefined;
  readonly stoppedAt: number | undefined;
  /** From `stoppingAt` as it was seen, until its containers had ended, as AWS says. */
  readonly ranAfterSigtermMs: number | undefined;
  readonly containers: readonly {
    readonly name: string;
    readonly exitCode: number | undefined;
    readonly reason: string | undefined;
    readonly stopTimeoutSeconds: number | undefined;
  }[];
  /** Exit code 137 of any container. */
  readonly killed: boolean;
  /** Paired by order: ECS does not say which task stands for which. */
  readonly replacement: string | undefined;
  /** What the controller wrote about it; undefined without its decisions. */
  readonly firstToDeregister: 'aws' | 'controller' | 'nobody' | undefined;
}

export interface Replacement {
  readonly id: string;
  readonly arn: string;
  readonly capacityProviderName: string | undefined;
  readonly firstSeenAt: number;
  readonly runningAt: number | undefined;
  readonly healthyAt: number | undefined;
  /** It stopped without having been asked to by the drill. */
  readonly failed: string | undefined;
}

export type EventReport =
  | { readonly watched: false }
  | {
      readonly watched: true;
      readonly received: number;
      /** Of the stopped tasks, how many were told of. */
      readonly tasksToldOf: number;
      readonly slowestMs: number | undefined;
    };

export type LoadReport =
  | { readonly driven: false; readonly why: string }
  | {
      readonly driven: true;
      readonly url: string;
      readonly ratePerSecond: number;
      readonly sent: number;
      readonly answered: number;
      /** After the first stop. */
      readonly lost: number;
      /** Before it: how the service is on any day. */
      readonly lostBefore: number;
      readonly byOutcome: Readonly<Partial<Record<Outcome, number>>>;
      /** At most 100. */
      readonly losses: readonly {
        readonly at: number;
        readonly outcome: Outcome;
        readonly status: number | undefined;
        readonly answeredBy: string | undefined;
        readonly detail: string | undefined;
      }[];
    };

export interface Finding {
  readonly rule: string;
  /** A `problem` is worth a change; a `note` is worth knowing. */
  readonly severity: 'problem' | 'note';
  /** What happened. */
  readonly diagnosis: string;
  /** Why, as far as the drill can tell. */
  readonly cause: string;
  /** What to change. */
  readonly fix: string;
  readonly tasks: readonly string[];
}
