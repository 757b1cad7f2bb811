import type { Cancel, Clock } from '@spotproof/core';
import { askAgent, textAt, type AgentAnswer } from './agent-request.ts';
import { planProtection, PROTECTION_RULES, UNPROTECTED, type ProtectionState } from './protection-plan.ts';

export interface TaskProtectionOptions {
  /** The value of `ECS_AGENT_URI`. */
  readonly agentUri: string;
  readonly clock: Clock;
  /** Is told what a person should change. */
  warn(sentence: string): void;
}

/**
 * Keeps scale-in and deployments away from a task that has work open (ECS: "Task scale-in protection endpoint"). It does not keep a Spot
 * interruption away: nothing does.
 */
export class TaskProtection {
  readonly #options: TaskProtectionOptions;
  #state: ProtectionState = UNPROTECTED;
  #failures = 0;
  #cancelWake: Cancel = () => {};

  constructor(options: TaskProtectionOptions) {
    this.#options = options;
  }

  /** @param open How many pieces of work are open now. */
  workChanged(open: number): void {
    const isBusy = open > 0;
    if (isBusy === this.#state.isBusy) return;
    this.#update({ isBusy, idleSince: isBusy ? undefined : this.#options.clock.now() });
  }

  /** Protection ends now, whatever is open: the task is going, and a protected one only holds up whoever waits for it. */
  announce(): void {
    this.#update({ announced: true });
  }

  #update(change: Partial<ProtectionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#cancelWake();
    const { ask, wakeAt } = planProtection(this.#state, this.#options.clock.now());
    if (ask !== undefined) void this.#ask(ask);
    else if (wakeAt !== undefined) this.#cancelWake = this.#options.clock.schedule(wakeAt - this.#options.clock.now(), () => this.#update({}));
  }

  async #ask(wanted: 'on' | 'off'): Promise<void> {
    this.#state = { ...this.#state, request: 'under way' };
    const answer = await askAgent({
      method: 'PUT',
      url: `${this.#options.agentUri}/task-protection/v1/state`,
      body: wanted === 'on' ? { ProtectionEnabled: true, ExpiresInMinutes: PROTECTION_RULES.expiresInMinutes } : { ProtectionEnabled: false },
      timeoutMs: ASK_MS,
    });
    const now = this.#options.clock.now();
    const failure = failureOf(answer);
    if (failure === undefined) {
      this.#failures = 0;
      this.#update({ request: 'none', confirmed: wanted, confirmedAt: now, retryAt: -Infinity });
      return;
    }
    this.#failures += 1;
    this.#options.warn(`Task scale-in protection could not be switched ${wanted}: ${failure.sentence}`);
    // During a drain there is no later that would be worth a second try.
    const isFinal = failure.isFinal || this.#state.announced;
    this.#update({
      request: isFinal ? 'failed' : 'none',
      confirmed: answer.outcome === 'failed' ? 'unknown' : this.#state.confirmed,
      retryAt: now + Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS),
    });
  }
}

/**
 * Undefined for success. The agent answers `{"protection":{"ProtectionEnabled":true,"ExpirationDate":"…","TaskArn":"…"}}`,
 * `{"failure":{"Arn":"…","Detail":null,"Reason":"TASK_NOT_VALID"}}` or `{"requestID":"…","error":{"Arn":"…","Code":"AccessDeniedException","Message":"…"}}`.
 */
function failureOf(answer: AgentAnswer): { readonly sentence: string; readonly isFinal: boolean } | undefined {
  if (answer.outcome === 'failed') return { sentence: `${answer.reason}.`, isFinal: false };
  const { body, status } = answer;
  const reason = textAt(body, 'failure', 'Reason') ?? textAt(body, 'error', 'Code');
  if (reason === undefined && status === 200) return undefined;
  const detail = textAt(body, 'failure', 'Detail') ?? textAt(body, 'error', 'Message');
  const advice = ADVICE[reason ?? ''];
  return {
    sentence: [`${reason ?? `status ${status}`}${detail === undefined ? '' : ` (${detail})`}.`, ...(advice === undefined ? [] : [advice])].join(' '),
    isFinal: advice !== undefined,
  };
}

/** Refusals that no later call changes, and what does. */
const ADVICE: Readonly<Record<string, string>> = {
  TASK_NOT_VALID: 'Only a running task of a service can be protected: leave taskProtection out for standalone tasks.',
  AccessDeniedException: 'Give the task role (not the execution role) ecs:UpdateTaskProtection on its tasks.',
  InvalidParameterException: 'This is a fault of Spotproof, please report it.',
  ClusterNotFoundException: 'The cluster of this task is gone.',
};
const ASK_MS = 1_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
