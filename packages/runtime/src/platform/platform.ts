import type { Clock } from '@spotproof/core';
import { Deregistration, type DeregisterTarget, type DeregistrationReport } from './deregistration.ts';
import { readTaskMetadata, type TaskIdentity } from './task-metadata.ts';
import { TaskProtection } from './task-protection.ts';

/** What the app wants from the platform; see `ProcessOptions`. */
export interface PlatformWishes {
  readonly taskProtection: boolean;
  readonly deregisterTarget: DeregisterTarget | undefined;
}

/** What the report tells of the platform; absent where there is nothing to tell. */
export interface PlatformReport {
  /** The ECS task, where the metadata endpoint told it. */
  readonly task?: TaskIdentity;
  /** How `deregisterTarget` went. */
  readonly deregistration?: DeregistrationReport;
}

/**
 * The ECS task around this process. Everything here happens beside the start and the drain and is bounded; whatever fails is a value or a warning.
 */
export class Platform {
  readonly #clock: Clock;
  readonly #env: (name: string) => string | undefined;
  readonly #warn: (sentence: string) => void;
  #wishes: PlatformWishes = { taskProtection: false, deregisterTarget: undefined };
  #open = 0;
  #identity: Promise<TaskIdentity | undefined> | undefined;
  #task: TaskIdentity | undefined;
  #protection: TaskProtection | undefined;
  #deregistration: Deregistration | undefined;

  constructor(options: { readonly clock: Clock; readonly env: (name: string) => string | undefined; warn(sentence: string): void }) {
    this.#clock = options.clock;
    this.#env = options.env;
    this.#warn = (sentence) => options.warn(sentence);
  }

  get report(): PlatformReport {
    return {
      ...(this.#task === undefined ? {} : { task: this.#task }),
      ...(this.#deregistration === undefined ? {} : { deregistration: this.#deregistration.report }),
    };
  }

  configure(wishes: PlatformWishes): void {
    this.#wishes = wishes;
    this.#identity ??= this.#askWhoWeAre();
    const agentUri = this.#env('ECS_AGENT_URI') ?? '';
    if (!wishes.taskProtection || agentUri === '' || this.#protection !== undefined) return;
    this.#protection = new TaskProtection({ agentUri, clock: this.#clock, warn: this.#warn });
    this.#protection.workChanged(this.#open);
  }

  /** @param open How many pieces of work that are no requests are open now. */
  workChanged(open: number): void {
    this.#open = open;
    this.#protection?.workChanged(open);
  }

  /** The drain has begun. */
  announce(): void {
    this.#protection?.announce();
    // The start may have been a moment ago, or the endpoint may have been busy then.
    if (this.#task === undefined || this.#identity === undefined) this.#identity = this.#askWhoWeAre();
    const { deregisterTarget } = this.#wishes;
    if (deregisterTarget === undefined) return;
    this.#deregistration ??= new Deregistration({ clock: this.#clock, deregisterTarget, task: this.#identity });
  }

  async #askWhoWeAre(): Promise<TaskIdentity | undefined> {
    const uri = this.#env('ECS_CONTAINER_METADATA_URI_V4') ?? '';
    const task = uri === '' ? undefined : await readTaskMetadata(uri);
    this.#task ??= task;
    return this.#task;
  }
}
