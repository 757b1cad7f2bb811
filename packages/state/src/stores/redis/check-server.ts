import { SpotproofError } from '@spotproof/core';
import type { ClaimStore, Durability, StoreCheck } from '../../store.ts';
import { checkRace } from '../check-race.ts';
import type { Connection, Node } from './connection.ts';

/** @throws SpotproofError `SPOTPROOF_STORE` */
export async function checkServer(
  store: ClaimStore,
  { connection, durability: declared }: { readonly connection: Connection; readonly durability: Durability | undefined },
): Promise<StoreCheck> {
  const servers = await Promise.all((await connection.nodes()).map(lookAt));
  for (const server of servers) refuseUnfit(server);
  const judged = servers.map(judge);
  const weakest = judged.toSorted((a, b) => STRENGTH[a.durability] - STRENGTH[b.durability])[0];
  if (weakest === undefined)
    throw new SpotproofError('SPOTPROOF_STORE', 'The client of the Cluster knows no master yet. Connect it first.', { retryable: true });
  refuseContradiction(declared, weakest);
  await checkRace(store);
  const isMisled = servers.some(({ info }) => info.get('redis_mode') === 'cluster') && !connection.isCluster;
  return {
    version: [...new Set(servers.map(versionOf))].join(', '),
    durability: declared ?? weakest.durability,
    warnings: [
      ...new Set(judged.flatMap(({ because, isKnown }) => (declared === undefined || isKnown ? [because] : []))),
      ...(isMisled ? ['This is a Cluster, and the client is not one for Clusters: keys of other nodes are refused with MOVED.'] : []),
    ],
  };
}

interface Server {
  readonly info: ReadonlyMap<string, string>;
  /** Undefined where CONFIG is refused, as managed services do. */
  readonly config: ReadonlyMap<string, string> | undefined;
}

async function lookAt(node: Node): Promise<Server> {
  const info = new Map(
    String(await node.command('INFO'))
      .split('\r\n')
      .flatMap((line) => {
        const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name, value] as const];
      }),
  );
  return { info, config: await configOf(node) };
}

async function configOf(node: Node): Promise<ReadonlyMap<string, string> | undefined> {
  const config = new Map<string, string>();
  try {
    for (const name of ['save', 'appendfsync']) {
      const reply = await node.command('CONFIG', 'GET', name);
      // Pairs in RESP2, a map in RESP3.
      const value: unknown = Array.isArray(reply) ? reply[1] : valueIn(reply, name);
      config.set(name, String(value));
    }
    return config;
  } catch {
    return undefined;
  }
}

function valueIn(reply: unknown, name: string): unknown {
  if (reply instanceof Map) return reply.get(name);
  return typeof reply === 'object' && reply !== null ? Object.entries(reply).find(([key]) => key === name)?.[1] : undefined;
}

function refuseUnfit(server: Server): void {
  const { info } = server;
  const version = info.get('redis_version') ?? '0';
  if (Number.parseInt(version, 10) < LEAST_MAJOR) {
    throw new SpotproofError('SPOTPROOF_STORE', `Redis must be ${LEAST_MAJOR}.0 or newer, or Valkey, got ${version}. Update the server.`);
  }
  if (info.get('role') === 'slave') {
    throw new SpotproofError(
      'SPOTPROOF_STORE',
      'This server is a replica. Give the client the endpoint of the primary: no claim may be read from a copy.',
    );
  }
  const policy = info.get('maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    throw new SpotproofError(
      'SPOTPROOF_STORE',
      `maxmemory-policy must be noeviction, got ${policy}: the server would throw claims away when its memory is full, and work would be done twice. Use a server of its own, or set the policy.`,
      { details: { policy } },
    );
  }
}

interface Judgement {
  readonly durability: Durability;
  readonly because: string;
  readonly isKnown: boolean;
}

/** What an acknowledged write survives. That replicas have it (WAIT) does not count: a replica without it may be promoted. */
function judge({ info, config }: Server): Judgement {
  const replicas = Number(info.get('connected_slaves') ?? 0);
  if (config === undefined) {
    return {
      durability: 'async',
      isKnown: false,
      because:
        'CONFIG is refused, so what this server keeps is not known. Taken as async: a failover may lose the last claims. If it keeps a synchronous log in several zones (MemoryDB, ElastiCache for Valkey 9 with durability), say so by durability: "sync".',
    };
  }
  const known = (durability: Durability, because: string): Judgement => ({ durability, because, isKnown: true });
  if (info.get('aof_enabled') !== '1') {
    if (replicas === 0 && (config.get('save') ?? '') === '')
      return known('none', 'Nothing is kept: neither appendonly nor save nor a replica. A restart forgets every claim.');
    return known(
      'async',
      'appendonly is off: a crash or a failover loses claims since the last snapshot, or that the replica has not seen. Keys may be claimed again.',
    );
  }
  if (config.get('appendfsync') !== 'always') {
    return known(
      'async',
      `appendfsync is ${config.get('appendfsync') ?? 'unknown'}: a crash of the machine loses the last claims, up to a second of them or more.`,
    );
  }
  if (replicas > 0)
    return known('async', 'The primary keeps every claim, its replicas follow it: a failover loses what the promoted one has not seen.');
  return known('sync', 'Claims survive a crash. There is no replica: while this machine is gone, so are they.');
}

function refuseContradiction(declared: Durability | undefined, { durability, because, isKnown }: Judgement): void {
  if (declared !== 'sync' || durability === 'sync' || !isKnown) return;
  throw new SpotproofError(
    'SPOTPROOF_STORE',
    `durability is declared as sync, and this server is ${durability}. ${because} Declare "${durability}", or set the server up for it.`,
    { details: { declared, durability } },
  );
}

function versionOf({ info }: Server): string {
  const valkey = info.get('valkey_version');
  return valkey === undefined ? `Redis ${info.get('redis_version') ?? ''}` : `Valkey ${valkey}`;
}

const STRENGTH: Readonly<Record<Durability, number>> = { none: 0, async: 1, sync: 2 };
const LEAST_MAJOR = 7;
