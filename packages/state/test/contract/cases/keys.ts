import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { holder, LONG_MS } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

/** What a collation, a trim or a normalisation would take for the same: each line is a set of texts that differ. */
const LOOK_ALIKES: readonly { readonly what: string; readonly texts: readonly string[] }[] = [
  { what: 'upper and lower case', texts: ['order', 'Order', 'ORDER'] },
  { what: 'spaces at either end', texts: ['order', 'order ', 'order  ', ' order', 'order\t', 'order\n', 'order\r\n', 'order\u00a0'] },
  { what: 'Unicode normal form', texts: ['caf\u00e9', 'cafe\u0301', 'cafe', '\u212b', '\u00c5', 'A\u030a', '\ufb01', 'fi'] },
  { what: 'letters that collate alike', texts: ['straße', 'strasse', 'STRASSE', 'ıi', 'ii', 'İi', 'Ii', 'ο', 'σ', 'ς'] },
  { what: 'characters outside the basic plane', texts: ['😀', '😁', '𝒜', 'A', '𐐀', '𐐨'] },
  { what: 'characters without a width', texts: ['ab', 'a\u200bb', 'a\u00adb', '\ufeffab'] },
  { what: 'numbers that are written alike', texts: ['1', '01', '1.0', '1e0', '٠', '0'] },
];

export const KEY_CASES: readonly ContractCase[] = [
  ...LOOK_ALIKES.map(({ what, texts }): ContractCase => ({
    name: `keys that differ only by ${what} are different keys`,
    run: async (c) => {
      const scope = randomUUID();
      // At either end of the key: a trim or a padding would take only these.
      const keys = texts.flatMap((text) => [`${scope}${text}`, `${text}${scope}`]);
      const distinct = [...new Set(keys)];

      const winners = [];
      for (const key of distinct) winners.push(await c.win(key));

      for (const one of winners) {
        const record = await c.record(one.key);
        assert.deepEqual([record.key, record.token], [one.key, one.token]);
      }
    },
  })),
  {
    name: 'kinds, fingerprints and tokens are compared letter by letter too',
    run: async (c) => {
      const one = await c.win(c.key(), { token: `a${randomUUID()}`, create: c.create({ kind: `${c.kind}-x`, fingerprint: 'print' }) });

      const fingerprints = [];
      for (const fingerprint of ['PRINT', 'print ', ' print', 'prınt', ''])
        fingerprints.push((await c.store.claim(c.claim(one.key, { fingerprint }))).outcome);
      const tokens = [];
      for (const token of [one.token.toUpperCase(), `${one.token} `]) tokens.push(await c.store.renew({ ...holder(one), token, leaseMs: LONG_MS }));
      const kinds = [];
      for (const kind of [`${c.kind}-X`, `${c.kind}-x `]) kinds.push((await c.store.list({ kind, limit: 10 })).records.length);

      assert.deepEqual(new Set(fingerprints), new Set(['mismatch']));
      assert.deepEqual(new Set(tokens), new Set(['lost']));
      assert.deepEqual(kinds, [0, 0]);
    },
  },
  {
    name: 'a key may hold whatever a language of queries or a path would misread',
    run: async (c) => {
      const scope = randomUUID();
      const keys = HOSTILE.map((text) => `${text}${scope}`);

      for (const key of keys) await c.win(key);

      for (const key of keys) assert.equal((await c.record(key)).key, key);
      const { records } = await c.store.list({ kind: c.kind, limit: 100 });
      assert.ok(records.every(({ key }) => keys.includes(key)));
    },
  },
  {
    name: 'the longest key that is allowed is kept whole, also where each letter has four bytes',
    run: async (c) => {
      const scope = randomUUID();
      const keys = [
        `${scope}${'x'.repeat(LONGEST_BYTES - 36)}`,
        `${scope}${'x'.repeat(LONGEST_BYTES - 37)}y`,
        `${scope}${'😀'.repeat((LONGEST_BYTES - 36) / 4)}`,
      ];

      for (const key of keys) await c.win(key);

      for (const key of keys) assert.equal((await c.record(key)).key, key);
    },
  },
];

const HOSTILE = [
  `'; DROP TABLE claims; --`,
  '"quoted"',
  'back\\slash',
  '100%',
  'under_score',
  '{tag}',
  'a:b:c',
  '../../etc',
  '$1',
  '?',
  '*',
  '#',
  '\u0001',
  '\u202e',
  '__proto__',
  'constructor',
];

const LONGEST_BYTES = 512;
