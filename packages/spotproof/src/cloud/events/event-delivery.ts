import type { Cancel, Clock } from '@spotproof/core';
import {
  createDelivery,
  deliveryProfile,
  type CloudEvent,
  type Delivery,
  type DeliveryProfile,
  nextArrivalAt,
  sendEvent,
  takeArrived,
} from '@spotproof/world';

/** Brings what ECS tells to the event bus, as promptly and as completely as the profile has it. */
export class EventDelivery {
  readonly #delivery: Delivery;
  readonly #clock: Clock;
  readonly #publish: (event: CloudEvent) => void;
  #cancel: Cancel = () => {};
  #isClosed = false;

  constructor(options: {
    readonly profile: DeliveryProfile;
    readonly seed: number;
    readonly clock: Clock;
    readonly publish: (event: CloudEvent) => void;
  }) {
    this.#delivery = createDelivery(deliveryProfile(options.profile, options.seed));
    this.#clock = options.clock;
    this.#publish = options.publish;
  }

  send(event: CloudEvent): void {
    if (this.#isClosed) return;
    sendEvent(this.#delivery, event, this.#clock.now());
    this.#handOver();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #handOver(): void {
    this.#cancel();
    for (const event of takeArrived(this.#delivery, this.#clock.now())) this.#publish(event);
    const next = nextArrivalAt(this.#delivery);
    if (next !== undefined) this.#cancel = this.#clock.schedule(Math.ceil(next - this.#clock.now()), () => this.#handOver());
  }
}
