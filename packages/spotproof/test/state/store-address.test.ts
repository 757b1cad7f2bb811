import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStoreAddress } from '../../src/state/store-address.ts';

test('each store has an address, and after its ? what the app says of it', () => {
  assert.deepEqual(parseStoreAddress('sqlite:./a b.db?table=claims'), {
    kind: 'sqlite',
    path: './a b.db',
    table: 'claims',
    label: 'sqlite:./a b.db',
  });
  assert.deepEqual(parseStoreAddress('sqlite:///var/x.db'), { kind: 'sqlite', path: '/var/x.db', label: 'sqlite:/var/x.db' });
  assert.deepEqual(parseStoreAddress('postgresql://app:p%40ss@db:5433/shop?sslmode=require&schema=s&table=t'), {
    kind: 'postgres',
    schema: 's',
    table: 't',
    url: 'postgresql://app:p%40ss@db:5433/shop?sslmode=require',
    label: 'postgresql://app@db:5433/shop',
  });
  assert.deepEqual(parseStoreAddress('mariadb://root:x@db/shop?table=t&maxBytes=4096&charset=utf8mb4'), {
    kind: 'mysql',
    table: 't',
    maxBytes: 4096,
    url: 'mysql://root:x@db/shop?charset=utf8mb4',
    label: 'mysql://root@db/shop',
  });
  assert.deepEqual(parseStoreAddress('rediss://:secret@cache:6380/2?prefix=shop&shards=4&cluster=true&durability=sync'), {
    kind: 'redis',
    prefix: 'shop',
    shards: 4,
    durability: 'sync',
    isCluster: true,
    url: 'rediss://:secret@cache:6380/2',
    label: 'rediss://cache:6380/2',
  });
  assert.deepEqual(parseStoreAddress('dynamodb:claims?region=eu-west-1&endpoint=http://127.0.0.1:4570&indexShards=8'), {
    kind: 'dynamodb',
    table: 'claims',
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:4570',
    indexShards: 8,
    label: 'dynamodb:claims?region=eu-west-1&endpoint=http://127.0.0.1:4570&indexShards=8',
  });
});

test('what is no address is refused with what would be one, and without what is secret in it', () => {
  for (const [text, expected] of [
    ['hunter2', /must begin with one of sqlite:, postgres:, .*got none of them/],
    ['ftp://a:hunter2@b', /must begin with .*got ftp:/],
    ['sqlite:', /must name a file/],
    ['sqlite::memory:', /must name a file/],
    ['sqlite:x.db?tabel=hunter2', /takes table after the \?.*got tabel/],
    ['sqlite:x.db?table=', /empty table/],
    ['postgres:hunter2', /write postgres:\/\/user:password@host/],
    ['postgres://a:hunter2@b:99999/x', /no address that can be read/],
    ['redis://a:hunter2@b?tls=true', /takes prefix, shards, cluster and durability.*got tls/],
    ['redis://a:hunter2@b?shards=many', /whole number as shards, got "many"/],
    ['redis://a:hunter2@b?cluster=yes', /cluster=true/],
    ['redis://a:hunter2@b?durability=best', /takes sync, async or none as durability, got "best"/],
    ['mysql://a:hunter2@b/x?maxBytes=-1', /whole number as maxBytes/],
    ['dynamodb:a', /must name a table/],
    ['dynamodb:claims?endpoint=127.0.0.1', /an address such as/],
    ['dynamodb:claims?profile=hunter2', /takes region, endpoint, indexShards/],
  ] as const) {
    assert.throws(
      () => parseStoreAddress(text),
      (error: Error & { readonly code?: string }) =>
        error.code === 'SPOTPROOF_CONFIG_INVALID' && expected.test(error.message) && !error.message.includes('hunter2'),
      text,
    );
  }
});
