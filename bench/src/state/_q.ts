import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { createPostgresStore } from '@spotproof/state/postgres';
import { startServer } from './servers.ts';
import { postgresPool } from './open-store.ts';
import { median } from '../measure/statistics.ts';
import { RESULT_TEXT } from './spotproof.ts';
await using server = await startServer('postgres');
const pool = postgresPool((server.spec as any).connection, 1);
const store = createPostgresStore({ pool });
await store.migrate();
await pool.query('CREATE TABLE floor (key text PRIMARY KEY, token text NOT NULL, due_at bigint NOT NULL, result text NOT NULL)');
const pid = (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
const cpu = () => { const f = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' '); return Number(f[0]) / 1000; };
const t = 'spotproof_claims'; const NOW = "((date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000)"; const NEVER = 8640000000000000;
const cols = '"key", "kind", "state", "token", "epoch", "due_at", "keep_until", "fingerprint", "seq", "version", "failures", "interruptions", "stalls", "result", "data"';
const LOOK = `"state", "token", "due_at", "fingerprint", "version", CASE WHEN "state" IN ('done', 'failed') THEN "result" ELSE '' END`;
const sel = `SELECT $1::text, $2::text, 'held', $3::text, "now" * 1024, "now" + $7::bigint, least(${NEVER}, "now" + $7::bigint + $8::bigint), $4::text, 0, $5::integer, 0, 0, 0, '', $6::bytea FROM (SELECT ${NOW} AS "now" OFFSET 0) AS "clock"`;
const cte = (exists: boolean) => `WITH "fresh" AS (INSERT INTO ${t} (${cols}) ${sel} ${exists ? `WHERE NOT EXISTS (SELECT FROM ${t} WHERE "key" = $1)` : ''} ON CONFLICT ("key") DO NOTHING RETURNING "epoch")
SELECT true AS "won", "epoch", NULL::bigint AS "now", NULL AS "state", NULL AS "token", NULL::bigint AS "due_at", NULL AS "fingerprint", NULL::integer AS "version", NULL::bytea AS "result" FROM "fresh"
UNION ALL SELECT false, "epoch", ${NOW}, ${LOOK} FROM ${t} WHERE "key" = $1`;
const plain = `INSERT INTO ${t} (${cols}) ${sel} ON CONFLICT ("key") DO NOTHING RETURNING "epoch"`;
const values = `INSERT INTO ${t} (${cols}) VALUES ($1::text, $2::text, 'held', $3::text, ${NOW} * 1024, ${NOW} + $7::bigint, least(${NEVER}, ${NOW} + $7::bigint + $8::bigint), $4::text, 0, $5::integer, 0, 0, 0, '', $6::bytea) ON CONFLICT ("key") DO NOTHING RETURNING "epoch"`;
const never = async (name: string, text: string) => { const key = randomUUID(); await pool.query({ name, text, values: [key, 'once:bench', key, 'f'.repeat(43), 1, Buffer.alloc(0), 30000, 86400000] }); return key; };
let last: string[] = [];
const acts: Record<string, () => Promise<unknown>> = {
  floorInsert: async () => { last.push(randomUUID()); return pool.query({ name: 'fi', text: 'INSERT INTO floor VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING due_at', values: [last.at(-1), 'token', Date.now(), ''] }); },
  floorUpdate: () => pool.query({ name: 'fu', text: 'UPDATE floor SET result = $3 WHERE key = $1 AND token = $2', values: [last.pop(), 'token', RESULT_TEXT] }),
  select1: () => pool.query({ name: 's1', text: 'SELECT 1', values: [] }),
  create: () => never('c', cte(true)),
  noExists: () => never('n', cte(false)),
  plain: () => never('p', plain),
  values: () => never('v', values),
};
const claims: any[] = [];
acts['claim'] = async () => { const key = randomUUID(); const r: any = await store.claim({ key, token: key, leaseMs: 30000, keepMs: 86400000, create: { kind: 'once:bench', fingerprint: 'f'.repeat(43), version: 1, data: Buffer.alloc(0) }, fingerprint: 'f'.repeat(43), version: 1 }); claims.push({ key, token: key, epoch: r.epoch }); };
acts['settle'] = () => store.settle({ ...claims.pop(), settlement: { to: 'done', result: Buffer.from(RESULT_TEXT), keepMs: 86400000 } });
const found: Record<string, number[]> = {};
for (let round = 0; round < 8; round++) for (const [name, act] of Object.entries(acts)) {
  const a = cpu(); for (let i = 0; i < 400; i++) await act(); if (round > 0) (found[name] ??= []).push((cpu() - a) / 400);
}
console.log(Object.entries(found).map(([n, f]) => `${n} ${Math.min(...f).toFixed(0)}/${median(f).toFixed(0)}`).join('  '));
await pool.end();
