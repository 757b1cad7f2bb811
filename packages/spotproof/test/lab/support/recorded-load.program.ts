// The lab's load generator as it is, with what it holds on record.
import { recordHoldings } from './growth.ts';

recordHoldings({ of: 'load', file: process.env['HOLDINGS_FILE'] ?? '', everyMs: Number(process.env['HOLDINGS_EVERY_MS']) });
await import('../../../src/load/process/main.ts');
