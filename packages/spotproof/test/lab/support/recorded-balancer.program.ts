// The lab's balancer as it is, with what it holds on record.
import { recordHoldings } from './growth.ts';

recordHoldings({ of: 'balancer', file: process.env['HOLDINGS_FILE'] ?? '', everyMs: Number(process.env['HOLDINGS_EVERY_MS']) });
await import('../../../src/balancer/process/main.ts');
