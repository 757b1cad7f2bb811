// A pg-boss worker. HANGS: its jobs never end. SPOT: with the preset.
import { PgBoss } from 'pg-boss';
import { pgBossSpot } from '../../src/presets/pg-boss.ts';

const { CONNECTION = '{}', QUEUE = '', HANGS = '', SPOT = '', SECONDS = '1' } = process.env;
const options = { ...JSON.parse(CONNECTION), schedule: false, migrate: false };
const quick = { superviseIntervalSeconds: Number(SECONDS), monitorIntervalSeconds: Number(SECONDS) };
const boss = new PgBoss(SPOT === '' ? { ...options, ...quick } : pgBossSpot({ ...options, ...quick }));
boss.on('error', (error) => console.log('error', error.message));
await boss.start();
await boss.work(QUEUE, { pollingIntervalSeconds: 0.5 }, async ([job]) => {
  console.log('start', job?.id);
  if (HANGS !== '') await new Promise(() => {});
});
console.log('listens');
