import type { Fields } from './fields.ts';

/** The service that an event is about, which only its envelope names. */
export function serviceArnOf(event: Fields): string {
  return event.textWith('resources', ':service/', 'a list with the ARN of a service');
}
