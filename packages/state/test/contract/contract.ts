import { CLAIM_CASES } from './cases/claim.ts';
import { CHECKPOINT_CASES } from './cases/checkpoint.ts';
import { CLOCK_CASES } from './cases/clock.ts';
import { COUNT_CASES } from './cases/counts.ts';
import { EPOCH_CASES } from './cases/epoch.ts';
import { FENCE_CASES } from './cases/fence.ts';
import { KEY_CASES } from './cases/keys.ts';
import { LIST_CASES } from './cases/list.ts';
import { PURGE_CASES } from './cases/purge.ts';
import { REFUSAL_CASES } from './cases/refusals.ts';
import { RESEND_CASES } from './cases/resend.ts';
import { RESULT_CASES } from './cases/result.ts';
import { TRANSACTION_CASES } from './cases/transaction.ts';
import type { ContractCase } from './contract-case.ts';

export const CONTRACT: readonly ContractCase[] = [
  ...CLAIM_CASES,
  ...FENCE_CASES,
  ...EPOCH_CASES,
  ...CHECKPOINT_CASES,
  ...RESULT_CASES,
  ...COUNT_CASES,
  ...RESEND_CASES,
  ...PURGE_CASES,
  ...LIST_CASES,
  ...KEY_CASES,
  ...REFUSAL_CASES,
  ...CLOCK_CASES,
  ...TRANSACTION_CASES,
];
