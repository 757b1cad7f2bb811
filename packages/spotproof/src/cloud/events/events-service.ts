import { randomUUID } from 'node:crypto';
import type { Clock } from '@spotproof/core';
import { EVENTS } from '../models/events.ts';
import { CloudFault } from '../wire/fault.ts';
import type { CloudService, Operation } from '../wire/service.ts';
import { compilePattern, type EventPattern, InvalidPattern } from './pattern.ts';

export interface EventsOptions {
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  /** Brings an event to a target. False when the target is not there; it is dropped then, as it would be without a dead-letter queue. */
  readonly deliver: (targetArn: string, body: string) => boolean;
}

interface Rule {
  readonly name: string;
  pattern: { readonly text: string; readonly matches: EventPattern } | undefined;
  isEnabled: boolean;
  description: string | undefined;
  readonly targets: Map<string, Target>;
}

interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: object;
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** The default event bus: rules with patterns, and queues as their targets. Schedules are not run here. */
export class Events {
  readonly service: CloudService;
  readonly #options: EventsOptions;
  readonly #rules = new Map<string, Rule>();

  constructor(options: EventsOptions) {
    this.#options = options;
    this.service = {
      name: 'Amazon EventBridge',
      model: EVENTS,
      protocol: { kind: 'json', version: '1.1', targetPrefix: 'AWSEvents' },
      invalidInputCode: 'ValidationException',
      operations: this.#onDefaultBus({
        PutRule: (input: PutRuleInput) => this.#putRule(input),
        DescribeRule: (input: NamedRule) => this.#describe(this.#rule(input.Name)),
        ListRules: (input: { readonly NamePrefix?: string }) => ({
          Rules: [...this.#rules.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? '')).map((rule) => this.#describe(rule)),
        }),
        DeleteRule: (input: NamedRule) => {
          if ((this.#rules.get(input.Name)?.targets.size ?? 0) > 0)
            throw new CloudFault('ValidationException', "Rule can't be deleted since it has targets.");
          this.#rules.delete(input.Name);
          return {};
        },
        EnableRule: (input: NamedRule) => this.#enable(input.Name, true),
        DisableRule: (input: NamedRule) => this.#enable(input.Name, false),
        PutTargets: (input: { readonly Rule: string; readonly Targets: readonly Target[] }) => this.#putTargets(input.Rule, input.Targets),
        ListTargetsByRule: (input: { readonly Rule: string }) => ({ Targets: [...this.#rule(input.Rule).targets.values()] }),
        RemoveTargets: (input: { readonly Rule: string; readonly Ids: readonly string[] }) => {
          for (const id of input.Ids) this.#rule(input.Rule).targets.delete(id);
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
        PutEvents: (input: { readonly Entries: readonly EventEntry[] }) => this.#putEvents(input.Entries),
        TestEventPattern: (input: { readonly EventPattern: string; readonly Event: string }) => ({
          Result: compile(input.EventPattern)(readJson(input.Event)),
        }),
      }),
    };
  }

  /** The operations, for the one bus that there is. */
  #onDefaultBus(operations: Readonly<Record<string, Operation>>): Readonly<Record<string, Operation>> {
    const check = ({ EventBusName = 'default' }: { readonly EventBusName?: string }): void => {
      if (!this.#isDefaultBus(EventBusName)) throw new CloudFault('ResourceNotFoundException', `Event bus ${EventBusName} does not exist.`);
    };
    return Object.fromEntries(
      Object.entries(operations).map(([name, operation]): [string, Operation] => [
        name,
        (input, caller) => {
          check(input);
          return operation(input, caller);
        },
      ]),
    );
  }

  #isDefaultBus(name: string): boolean {
    return name === 'default' || name === `arn:aws:events:${this.#options.region}:${this.#options.account}:event-bus/default`;
  }

  /** Hands an event to every rule that matches it. Returns how many targets it reached. */
  publish(event: object): number {
    let reached = 0;
    for (const { isEnabled, pattern, targets } of this.#rules.values()) {
      if (!isEnabled || pattern?.matches(event) !== true) continue;
      for (const { Arn, Input, InputPath } of targets.values())
        if (this.#options.deliver(Arn, Input ?? JSON.stringify(InputPath === undefined ? event : follow(event, InputPath)))) reached += 1;
    }
    return reached;
  }

  #putRule({ Name, EventPattern, ScheduleExpression, State, Description }: PutRuleInput): { readonly RuleArn: string } {
    if (EventPattern === undefined && ScheduleExpression === undefined)
      throw new CloudFault('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
    if (ScheduleExpression !== undefined)
      throw new CloudFault('ValidationException', 'Schedules are not run here: give the rule an EventPattern and no ScheduleExpression.');
    const known = this.#rules.get(Name);
    this.#rules.set(Name, {
      name: Name,
      pattern: EventPattern === undefined ? undefined : { text: EventPattern, matches: compile(EventPattern) },
      isEnabled: State !== 'DISABLED',
      description: Description,
      targets: known?.targets ?? new Map(),
    });
    return { RuleArn: this.#arn(Name) };
  }

  #putTargets(name: string, targets: readonly Target[]): object {
    const rule = this.#rule(name);
    for (const target of targets) {
      if (!target.Arn.startsWith('arn:aws:sqs:'))
        throw new CloudFault(
          'ValidationException',
          `Only queues can be targets here, got ${target.Arn}. Put a queue between the rule and what it should start.`,
        );
      if (target.InputTransformer !== undefined)
        throw new CloudFault(
          'ValidationException',
          `InputTransformer of target ${target.Id} is not served here: take Input, InputPath, or the event as it is.`,
        );
    }
    for (const target of targets) rule.targets.set(target.Id, target);
    return { FailedEntryCount: 0, FailedEntries: [] };
  }

  #putEvents(entries: readonly EventEntry[]): object {
    const results = entries.map(({ Source, DetailType, Detail, Resources, Time, EventBusName = 'default' }) => {
      if (!this.#isDefaultBus(EventBusName))
        return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `Event bus ${EventBusName} does not exist.` };
      if (Source === undefined || DetailType === undefined || Detail === undefined)
        return {
          ErrorCode: 'InvalidArgument',
          ErrorMessage: 'Parameter Source, DetailType or Detail is not valid. Reason: it is a required argument.',
        };
      // Nobody but AWS speaks in its name (EventBridge API reference, PutEvents).
      if (Source.startsWith('aws.')) return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
      const detail = readJsonOrUndefined(Detail);
      if (typeof detail !== 'object' || detail === null) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
      const id = randomUUID();
      const at = typeof Time === 'number' ? Time * 1000 : this.#options.clock.now();
      this.publish({
        version: '0',
        id,
        'detail-type': DetailType,
        source: Source,
        account: this.#options.account,
        time: `${new Date(at).toISOString().slice(0, 19)}Z`,
        region: this.#options.region,
        resources: Resources ?? [],
        detail,
      });
      return { EventId: id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  }

  #enable(name: string, isEnabled: boolean): object {
    this.#rule(name).isEnabled = isEnabled;
    return {};
  }

  #describe({ name, pattern, isEnabled, description }: Rule): object {
    return {
      Name: name,
      Arn: this.#arn(name),
      EventPattern: pattern?.text,
      State: isEnabled ? 'ENABLED' : 'DISABLED',
      Description: description,
      EventBusName: 'default',
    };
  }

  #rule(name: string): Rule {
    const rule = this.#rules.get(name);
    if (rule === undefined) throw new CloudFault('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    return rule;
  }

  #arn(name: string): string {
    return `arn:aws:events:${this.#options.region}:${this.#options.account}:rule/${name}`;
  }
}

interface NamedRule {
  readonly Name: string;
}

interface PutRuleInput extends NamedRule {
  readonly EventPattern?: string;
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Description?: string;
}

interface EventEntry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly Resources?: readonly string[];
  readonly Time?: unknown;
  readonly EventBusName?: string;
}

function compile(text: string): EventPattern {
  try {
    return compilePattern(JSON.parse(text));
  } catch (error) {
    if (error instanceof InvalidPattern || error instanceof SyntaxError)
      throw new CloudFault('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
    throw error;
  }
}

function readJson(text: string): unknown {
  const value = readJsonOrUndefined(text);
  if (value === undefined) throw new CloudFault('ValidationException', 'Event is not valid JSON.');
  return value;
}

function readJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A plain path such as `$.detail.taskArn`. */
function follow(event: unknown, path: string): unknown {
  return path
    .split('.')
    .slice(1)
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined),
      event,
    );
}
