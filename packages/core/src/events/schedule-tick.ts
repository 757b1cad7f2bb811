// {
//   "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": "aws.events",
//   "account": "123456789012", "time": "2015-10-08T16:53:06Z", "region": "us-east-1",
//   "resources": ["arn:aws:events:us-east-1:123456789012:rule/every-minute"], "detail": {} }
import type { EventEnvelope } from './envelope.ts';

/** A schedule fired: time to look, whatever the events say. */
export interface ScheduleTick extends EventEnvelope {
  readonly kind: 'tick';
}
