import * as scaling from '@aws-sdk/client-application-auto-scaling';
import * as dynamo from '@aws-sdk/client-dynamodb';
import * as ecs from '@aws-sdk/client-ecs';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import * as sqs from '@aws-sdk/client-sqs';
import { callEvents } from '../support/events-client.ts';
import type { TestCloud } from '../support/local-cloud.ts';
import type { Call } from './call.ts';
import { differences, follow } from './matching.ts';

export type Saved = Map<string, string>;

/** Makes the call with the SDK, keeps what is to be saved, and says what was not as expected. */
export async function makeCall(it: TestCloud, call: Call, saved: Saved): Promise<readonly string[]> {
  const { expect } = call;
  let answer: unknown;
  try {
    answer = await send(it, call.call, filled(call.input, saved));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('answer' in expect) return [`refused with ${error.name}: ${error.message}`];
    const names = expect.sdkName === undefined ? [expect.refused, `${expect.refused}Exception`] : [expect.sdkName];
    return [
      ...(names.includes(error.name) ? [] : [`refused with ${error.name}, expected was ${names[0]}`]),
      ...(expect.message.test(error.message) ? [] : [`the message must fit ${expect.message}, got ${error.message}`]),
    ];
  }
  if ('refused' in expect) return [`not refused with ${expect.refused}: ${JSON.stringify(answer)}`];
  for (const [name, path] of Object.entries(call.save ?? {})) saved.set(name, String(follow(answer, path)));
  return differences(expect.answer, answer);
}

async function send(it: TestCloud, call: Call['call'], input: object): Promise<unknown> {
  const [service, operation = ''] = call.split(' ');
  if (service === 'events') return sendToEvents(it, operation, input);
  const { client, commands } = CLIENTS[service ?? '']?.(it) ?? {};
  const command: unknown = Reflect.get(commands ?? {}, `${operation}Command`);
  if (client === undefined || typeof command !== 'function') throw new TypeError(`the SDK has no ${call}`);
  // The table holds inputs that no type allows, on purpose.
  return client.send(Reflect.construct(command, [input]) as never);
}

interface Sender {
  send(command: never): Promise<unknown>;
}

const CLIENTS: Readonly<Record<string, (it: TestCloud) => { readonly client: Sender; readonly commands: object }>> = {
  ecs: (it) => ({ client: it.ecs, commands: ecs }),
  elbv2: (it) => ({ client: it.elb, commands: elb }),
  sqs: (it) => ({ client: it.sqs, commands: sqs }),
  dynamodb: (it) => ({ client: it.dynamo, commands: dynamo }),
  'application-autoscaling': (it) => ({ client: it.scaling, commands: scaling }),
};

async function sendToEvents(it: TestCloud, operation: string, input: object): Promise<unknown> {
  try {
    return await callEvents(it.cloud, operation, input);
  } catch (error) {
    const { __type: name, message } = JSON.parse(error instanceof Error ? error.message : '') as {
      readonly __type: string;
      readonly message: string;
    };
    throw Object.assign(new Error(message), { name });
  }
}

/** The input with what earlier calls have saved. A port is a number. */
function filled(input: object, saved: Saved): object {
  const text = JSON.stringify(input)
    .replaceAll('"$PORT"', saved.get('PORT') ?? '0')
    .replaceAll(/\$([A-Z_]+)/g, (_, name: string) => {
      const value = saved.get(name);
      if (value === undefined) throw new Error(`no earlier call has saved ${name}`);
      return JSON.stringify(value).slice(1, -1);
    });
  return JSON.parse(text) as object;
}
