import type { Cloud } from '../../../src/cloud/create-cloud.ts';

/** One call of EventBridge in its own protocol; its SDK client is not among our dependencies. */
export async function callEvents(cloud: Cloud, operation: string, input: object): Promise<unknown> {
  const answer = await fetch(cloud.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${operation}` },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}
