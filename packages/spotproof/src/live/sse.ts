import type { LiveEvent } from './events.ts';

/** What a page that joins is told first: how long to wait before it comes again after a broken connection. */
export const SSE_GREETING = 'retry: 1000\n\n';

/** A comment, which `EventSource` ignores: finds connections that are dead. */
export const SSE_HEARTBEAT = ':\n\n';

/** Nothing follows. */
export const SSE_DONE = 'event: done\ndata: {}\n\n';

/** One message of the story. JSON has no line break, so it is one `data` line. */
export function encodeEvent(story: string, sequence: number, event: LiveEvent): string {
  return `id: ${story}-${sequence}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** All up to and with `sequence`, instead of the messages themselves. */
export function encodeSnapshot(story: string, sequence: number, snapshot: { readonly now: number; readonly state: unknown }): string {
  return `id: ${story}-${sequence}\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
}

/** The sequence number behind a `Last-Event-ID`; undefined for none, for that of another lab on the same port, and for nonsense. */
export function sequenceOf(story: string, lastEventId: string | undefined): number | undefined {
  if (lastEventId?.startsWith(`${story}-`) !== true) return undefined;
  const number = lastEventId.slice(story.length + 1);
  return /^\d{1,15}$/.test(number) ? Number(number) : undefined;
}
