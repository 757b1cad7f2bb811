import { readdirSync, readFileSync } from 'node:fs';
import { createPostgresStore } from '@spotproof/state/postgres';
import { startServer } from './servers.ts';
import { postgresPool } from './open-store.ts';
import { spotproofOn } from './spotproof.ts';
import { postgresFloor } from './floors.ts';
import { median } from '../measure/statistics.ts';
await using server = await startServer('postgres');
const pool = postgresPool((server.spec as any).connection, 32);
const store = createPostgresStore({ pool });
await store.migrate();
const own = await spotproofOn(store, 32);
const floor = await postgresFloor(pool);
const pids = (await pool.query('SELECT pid FROM pg_stat_activity')).rows.map((r: any) => r.pid);
const serverCpu = (): number => { let t = 0; for (const { pid } of all()) t += pid; return t; };
function all() { const out = []; const port = String((server.spec as any).connection.port); for (const d of readdirSync('/proc')) if (/^\d+$/.test(d)) try { const s = readFileSync(`/proc/${d}/stat`, 'utf8'); const f = s.split(') ')[1]!.split(' '); if (f[1] === String(master)) out.push({ pid: (Number(f[11]) + Number(f[12])) * 10 }); } catch {} return out; }
const master = Number(readFileSync(`/proc/${pids[0]}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
const lsn = async () => Number((await pool.query("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS b")).rows[0].b);
const what = process.argv[2] ?? 'first';
async function run(act: any, ms = 250) {
  const from = performance.now(); let n = 0; const cpu = process.cpuUsage(); const s = serverCpu(); const w = await lsn();
  await Promise.all(Array.from({ length: 32 }, async (_, lane) => { do { await act(lane); n++; } while (performance.now() < from + ms); }));
  const wall = performance.now() - from; const u = process.cpuUsage(cpu);
  return { rate: n / wall * 1000, client: (u.user + u.system) / n, server: (serverCpu() - s) * 1000 / n, wal: (await lsn() - w) / n };
}
async function pair(name: string) {
  const rows = { floor: [] as any[], own: [] as any[] }; const ratios = [];
  for (let i = 0; i < 6; i++) { const a = await run((floor as any)[what]); const b = await run((own as any)[what]); const c = await run((own as any)[what]); const d = await run((floor as any)[what]); if (i === 0) continue; rows.floor.push(a, d); rows.own.push(b, c); ratios.push((b.rate + c.rate) / (a.rate + d.rate)); }
  const m = (k: 'floor' | 'own', f: string) => median(rows[k].map((r) => r[f]));
  console.log(name.padEnd(24), 'ratio', median(ratios).toFixed(2), `[${Math.min(...ratios).toFixed(2)} ${Math.max(...ratios).toFixed(2)}]`, ...['rate', 'client', 'server', 'wal'].map((f) => `${f} ${m('floor', f).toFixed(0)}/${m('own', f).toFixed(0)}`));
}
await pair('as is');
if (what === 'first') {
await pool.query('DROP INDEX spotproof_claims_settled'); await pair('without settled');
await pool.query('DROP INDEX spotproof_claims_open'); await pair('without both');
await pool.query('CREATE INDEX ON spotproof_claims (keep_until, key)'); await pair('one on keep_until');
}
await pool.end();
