/** What every event has, whatever it is about. */
export interface EventEnvelope {
  /** `id`: the same for each delivery of one event. */
  readonly id: string;
  /** `time`, epoch milliseconds. EventBridge writes whole seconds. */
  readonly at: number;
  readonly account: string;
  readonly region: string;
}
