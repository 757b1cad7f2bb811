import { isAscii } from 'node:buffer';
import { Writable } from 'node:stream';
import { SpotproofError } from '@spotproof/core';
import type { Argument, IoredisClient, IoredisCluster, NodeRedisClient, NodeRedisCluster, RedisClient } from './client.ts';
import { Deadlines } from './deadlines.ts';
import { storeError } from './errors.ts';
import type { Script } from './scripts.ts';

/** What the store asks of a client, whichever it is. Texts in replies of scripts are bytes, in replies of commands strings. */
export interface Connection {
  readonly isCluster: boolean;
  /** One round trip; two the first time that a server sees the script. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
  /** The servers that have records: the masters of a Cluster, in an order that stays. */
  nodes(): Promise<readonly Node[]>;
}

export interface Node {
  readonly name: string;
  readonly command: (...args: string[]) => Promise<unknown>;
}

/**
 * @param timeoutMs How long an answer is waited for.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function connectionOf(client: RedisClient, timeoutMs: number): Connection {
  const { evalsha, evaluate, nodes, isCluster } = callsOf(client);
  const deadlines = new Deadlines(timeoutMs);
  /** Clients queue without a limit while they have no connection. A command that was given up may still be sent later: it does no harm then. */
  const ask = <T>(call: () => Promise<T>, again?: (error: unknown) => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      let isOver = false;
      const waiting = deadlines.add(() => {
        isOver = true;
        reject(noAnswer(timeoutMs));
      });
      const end = (): boolean => {
        if (isOver) return false;
        deadlines.remove(waiting);
        return (isOver = true);
      };
      const succeed = (answer: T): void => {
        if (end()) resolve(answer);
      };
      const fail = (error: unknown): void => {
        if (end()) reject(storeError(error));
      };
      try {
        call().then(succeed, (error: unknown) => {
          if (isOver || again === undefined) fail(error);
          else again(error).then(succeed, fail);
        });
      } catch (error) {
        fail(error);
      }
    });
  return {
    isCluster,
    run: (script, keys, args) =>
      ask(
        () => evalsha(script, keys, args),
        async (error) => {
          if (!isUnknownScript(error)) throw error;
          return await evaluate(script, keys, args);
        },
      ),
    async nodes() {
      const found = await ask(nodes);
      return found
        .map(({ name, command }) => ({ name, command: (...args: string[]) => ask(() => command(...args)) }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

interface Calls {
  readonly isCluster: boolean;
  readonly evalsha: (script: Script, keys: readonly string[], args: readonly Argument[]) => Promise<unknown>;
  readonly evaluate: (script: Script, keys: readonly string[], args: readonly Argument[]) => Promise<unknown>;
  readonly nodes: () => Promise<readonly Node[]>;
}

function callsOf(client: RedisClient): Calls {
  if (typeof client !== 'object' || client === null) throw unknownClient();
  if ('callBuffer' in client) return callsOfIoredis(client);
  if ('nodeClient' in client) return callsOfNodeRedisCluster(client);
  if ('getSentinelNode' in client || !('sendCommand' in client)) throw unknownClient();
  return callsOfNodeRedis(client);
}

function callsOfIoredis(client: IoredisClient | IoredisCluster): Calls {
  if ('keyPrefix' in client.options && typeof client.options.keyPrefix === 'string' && client.options.keyPrefix !== '') {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `A store needs a client without keyPrefix, got ${JSON.stringify(client.options.keyPrefix)}. Give the prefix to createRedisStore instead.`,
    );
  }
  const nodeOf = (node: IoredisClient): Node => ({ name: addressOf(node.options), command: (command = '', ...args) => node.call(command, ...args) });
  const gather = gathering(client);
  return {
    isCluster: 'nodes' in client,
    evalsha: (script, keys, args) => {
      gather();
      return client.callBuffer('evalsha', script.sha, keys.length, ...keys, ...args.map(lightest));
    },
    evaluate: (script, keys, args) => client.callBuffer('eval', script.source, keys.length, ...keys, ...args),
    nodes: async () => {
      if (!('nodes' in client)) return [nodeOf(client)];
      // Only a client that is connected knows its nodes, and one that is not connects for a command.
      if (client.nodes('master').length === 0) await client.call('ping');
      return client.nodes('master').map(nodeOf);
    },
  };
}

/**
 * ioredis writes each command by a system call, and the server reads it by another. What callers ask for who were answered together goes out as one instead:
 * when the microtasks are done that are waiting now.
 */
function gathering(client: IoredisClient): () => void {
  let isGathering = false;
  return () => {
    const { stream } = client;
    if (isGathering || !(stream instanceof Writable)) return;
    isGathering = true;
    stream.cork();
    queueMicrotask(() => {
      isGathering = false;
      stream.uncork();
    });
  };
}

/** ioredis makes one text of a command of texts; of one with bytes it copies the pieces one by one. */
function lightest(argument: Argument): Argument {
  return typeof argument !== 'string' && argument.length <= LONGEST_TEXT_BYTES && isAscii(argument) ? argument.toString('latin1') : argument;
}

function addressOf(options: object): string {
  const host = 'host' in options ? options.host : '';
  const port = 'port' in options ? options.port : '';
  return `${String(host)}:${String(port)}`;
}

function callsOfNodeRedis(client: NodeRedisClient): Calls {
  return {
    isCluster: false,
    evalsha: ({ sha }, keys, args) => client.sendCommand(['EVALSHA', sha, String(keys.length), ...keys, ...args], AS_BYTES),
    evaluate: ({ source }, keys, args) => client.sendCommand(['EVAL', source, String(keys.length), ...keys, ...args], AS_BYTES),
    nodes: () => Promise.resolve([{ name: '', command: (...args) => client.sendCommand(args) }]),
  };
}

function callsOfNodeRedisCluster(client: NodeRedisCluster): Calls {
  const send = (keys: readonly string[], args: Argument[]): Promise<unknown> => client.sendCommand(keys[0] ?? '', false, args, AS_BYTES);
  return {
    isCluster: true,
    evalsha: ({ sha }, keys, args) => send(keys, ['EVALSHA', sha, String(keys.length), ...keys, ...args]),
    evaluate: ({ source }, keys, args) => send(keys, ['EVAL', source, String(keys.length), ...keys, ...args]),
    nodes: () =>
      Promise.all(
        client.masters.map(async (master) => {
          // The client gave it, and knows what it is.
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion
          const node = await client.nodeClient(master as never);
          return { name: master.address, command: (...args: string[]) => node.sendCommand(args) };
        }),
      ),
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

function noAnswer(timeoutMs: number): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `Redis gave no answer within ${timeoutMs} ms. Look whether it can be reached from here; whether the call was done is not known.`,
    { retryable: true },
  );
}

function unknownClient(): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    'client must be one of ioredis, iovalkey or node-redis (createClient, createClientPool, createCluster). For Sentinel use ioredis.',
  );
}

/** Above it another copy costs more than it saves. */
const LONGEST_TEXT_BYTES = 64 * 1024;
const AS_BYTES = { typeMapping: { 36: Buffer } } as const;
