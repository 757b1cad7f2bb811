import { SpotproofError } from '@spotproof/core';
import type { Durability } from '@spotproof/state';

/** Where a store is, and what its options must say so that it is the same one as the app's. */
export type StoreAddress = SqliteAddress | PostgresAddress | MysqlAddress | RedisAddress | DynamodbAddress;

interface Named {
  /** For people: without a password. */
  readonly label: string;
}

export interface SqliteAddress extends Named {
  readonly kind: 'sqlite';
  readonly path: string;
  readonly table?: string;
}

export interface PostgresAddress extends Named {
  readonly kind: 'postgres';
  /** Without what is ours. */
  readonly url: string;
  readonly schema?: string;
  readonly table?: string;
}

export interface MysqlAddress extends Named {
  readonly kind: 'mysql';
  readonly url: string;
  readonly table?: string;
  readonly maxBytes?: number;
}

export interface RedisAddress extends Named {
  readonly kind: 'redis';
  readonly url: string;
  readonly isCluster: boolean;
  readonly prefix?: string;
  readonly shards?: number;
  readonly durability?: Durability;
}

export interface DynamodbAddress extends Named {
  readonly kind: 'dynamodb';
  readonly table: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly indexShards?: number;
}

/**
 * Reads one of {@link STORE_FORMS}, with the options that the app gives its store after a `?`.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID`, without the text itself, in which there may be a password.
 */
export function parseStoreAddress(text: string): StoreAddress {
  const scheme = /^(?<scheme>[a-z]+):/.exec(text)?.groups?.['scheme'] ?? '';
  const parse = PARSERS[scheme];
  if (parse === undefined)
    throw refused(`must begin with one of ${Object.keys(PARSERS).join(':, ')}:, got ${scheme === '' ? 'none of them' : `${scheme}:`}`);
  return parse(text);
}

function parseSqlite(text: string): SqliteAddress {
  const { path, options } = split(text, 'sqlite', ['table']);
  const file = path.replace(/^\/\//, '');
  if (file === '' || file === ':memory:') throw refused('must name a file after sqlite:, such as sqlite:./state.db');
  return { kind: 'sqlite', path: file, ...options, label: `sqlite:${file}` };
}

function parsePostgres(text: string): PostgresAddress {
  const url = parseUrl(text);
  return { kind: 'postgres', ...taken(url, ['schema', 'table']), url: url.href, label: labelOf(url) };
}

function parseMysql(text: string): MysqlAddress {
  const url = parseUrl(text.replace(/^mariadb:/, 'mysql:'));
  const { table, maxBytes } = taken(url, ['table', 'maxBytes']);
  return { kind: 'mysql', ...(table === undefined ? {} : { table }), ...whole('maxBytes', maxBytes), url: url.href, label: labelOf(url) };
}

function parseRedis(text: string): RedisAddress {
  const url = parseUrl(text);
  const { prefix, shards, cluster, durability } = taken(url, ['prefix', 'shards', 'cluster', 'durability']);
  if (url.search !== '')
    throw refused(`takes prefix, shards, cluster and durability after the ? of ${url.protocol}//, got ${names(url.searchParams)}`);
  if (cluster !== undefined && cluster !== 'true' && cluster !== 'false') throw refused('needs cluster=true for a Cluster, or no cluster at all');
  if (durability !== undefined && durability !== 'sync' && durability !== 'async' && durability !== 'none')
    throw refused(`takes sync, async or none as durability, got ${JSON.stringify(durability)}`);
  return {
    kind: 'redis',
    ...(prefix === undefined ? {} : { prefix }),
    ...whole('shards', shards),
    ...(durability === undefined ? {} : { durability }),
    isCluster: cluster === 'true',
    url: url.href,
    label: labelOf(url),
  };
}

function parseDynamodb(text: string): DynamodbAddress {
  const { path: table, options } = split(text, 'dynamodb', ['region', 'endpoint', 'indexShards']);
  const { indexShards, ...where } = options;
  if (!/^[\w.-]{3,255}$/.test(table)) throw refused('must name a table after dynamodb:, such as dynamodb:claims?region=eu-west-1');
  if (where.endpoint !== undefined && !/^https?:\/\/./.test(where.endpoint))
    throw refused('takes an address such as http://127.0.0.1:4570 as endpoint');
  return { kind: 'dynamodb', table, ...where, ...whole('indexShards', indexShards), label: text };
}

function parseUrl(text: string): URL {
  if (URL.canParse(text) && text.includes('://')) return new URL(text);
  throw refused(
    `is no address that can be read: write ${text.slice(0, text.indexOf(':'))}://user:password@host:port/…, with %40 for an @ in a password`,
  );
}

/** For addresses that are not of a host. */
function split<Option extends string>(
  text: string,
  scheme: string,
  allowed: readonly Option[],
): { readonly path: string; readonly options: Partial<Record<Option, string>> } {
  const rest = text.slice(scheme.length + 1);
  const at = rest.indexOf('?');
  const parameters = new URLSearchParams(at < 0 ? '' : rest.slice(at + 1));
  const options = taken({ searchParams: parameters }, allowed);
  if (parameters.size > 0) throw refused(`takes ${allowed.join(', ')} after the ? of ${scheme}:, got ${names(parameters)}`);
  return { path: at < 0 ? rest : rest.slice(0, at), options };
}

/** Takes out of the address what its client does not know. */
function taken<Option extends string>({ searchParams }: Pick<URL, 'searchParams'>, options: readonly Option[]): Partial<Record<Option, string>> {
  const found: Partial<Record<Option, string>> = {};
  for (const option of options) {
    const value = searchParams.get(option);
    if (value === '') throw refused(`has an empty ${option}`);
    if (value !== null) found[option] = value;
    searchParams.delete(option);
  }
  return found;
}

function whole<Option extends string>(option: Option, text: string | undefined): Partial<Record<Option, number>> {
  if (text === undefined) return {};
  if (!/^\d{1,10}$/.test(text)) throw refused(`takes a whole number as ${option}, got ${JSON.stringify(text)}`);
  const found: Partial<Record<Option, number>> = {};
  found[option] = Number(text);
  return found;
}

function labelOf({ protocol, username, host, pathname }: URL): string {
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname === '/' ? '' : pathname}`;
}

function names(parameters: URLSearchParams): string {
  return [...parameters.keys()].join(', ');
}

function refused(what: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `--store ${what}. It may be ${STORE_FORMS.map(({ form }) => form).join(', ')}.`);
}

/** What an address may be; the reference page is made from this. `options` are those that come after a `?`. */
export const STORE_FORMS: readonly { readonly form: string; readonly client: string; readonly options: string }[] = [
  { form: 'sqlite:<file>', client: 'none: it is in Node', options: '`table`' },
  {
    form: 'postgres://<user>:<password>@<host>/<database>',
    client: '`pg`',
    options: '`schema`, `table`; whatever else there is, such as `sslmode`, is for `pg`',
  },
  {
    form: 'mysql://<user>:<password>@<host>/<database>',
    client: '`mysql2`',
    options: '`table`, `maxBytes`; whatever else there is is for `mysql2`. `mariadb://` is the same',
  },
  {
    form: 'redis://:<password>@<host>',
    client: '`redis` or `ioredis`',
    options: '`prefix`, `shards`, `durability`; `cluster=true` for a Cluster. `rediss://` for TLS',
  },
  { form: 'dynamodb:<table>', client: '`@aws-sdk/client-dynamodb`', options: '`region`, `endpoint`, `indexShards`' },
];

const PARSERS: Readonly<Record<string, (text: string) => StoreAddress>> = {
  sqlite: parseSqlite,
  postgres: parsePostgres,
  postgresql: parsePostgres,
  mysql: parseMysql,
  mariadb: parseMysql,
  redis: parseRedis,
  rediss: parseRedis,
  dynamodb: parseDynamodb,
};
