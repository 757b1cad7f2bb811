import { CHECKPOINT_CASES } from '../../packages/state/test/contract/cases/checkpoint.ts';
import { CLAIM_CASES } from '../../packages/state/test/contract/cases/claim.ts';
import { CLOCK_CASES } from '../../packages/state/test/contract/cases/clock.ts';
import { COUNT_CASES } from '../../packages/state/test/contract/cases/counts.ts';
import { EPOCH_CASES } from '../../packages/state/test/contract/cases/epoch.ts';
import { FENCE_CASES } from '../../packages/state/test/contract/cases/fence.ts';
import { KEY_CASES } from '../../packages/state/test/contract/cases/keys.ts';
import { LIST_CASES } from '../../packages/state/test/contract/cases/list.ts';
import { PURGE_CASES } from '../../packages/state/test/contract/cases/purge.ts';
import { REFUSAL_CASES } from '../../packages/state/test/contract/cases/refusals.ts';
import { RESEND_CASES } from '../../packages/state/test/contract/cases/resend.ts';
import { RESULT_CASES } from '../../packages/state/test/contract/cases/result.ts';
import { TRANSACTION_CASES } from '../../packages/state/test/contract/cases/transaction.ts';
import { CONTRACT } from '../../packages/state/test/contract/contract.ts';
import { TRAPS, type Trap } from './state-traps.ts';

/** The page of the traps: which test holds each, by name. Throws when a case of the contract is gone. */
export function renderStateTraps(): string {
  return `<!-- Made from scripts/docs/state-traps.ts and the contract of stores by \`npm run docs\`. Do not edit by hand. -->
# Traps of claims, checkpoints and leases

In each of these a library or a hand-made lock has lost work or done it twice; most were measured in published ones. Beside each stands what \`@spotproof/state\` does, and the tests that hold it. *Every store* means a
case of [the contract](../../packages/state/test/contract/contract.ts), which runs against memory, SQLite, PostgreSQL, MariaDB, Redis by both clients, and DynamoDB as far as dynalite and our fake of the rest go;
[stores with a planted fault](../../packages/state/test/contract/broken-store.test.ts) fail the case that is meant for it.

| | trap | what we do | held by |
|---|---|---|---|
${TRAPS.map((trap, index) => row(trap, index + 1)).join('\n')}

## The whole contract

${CONTRACT.length} cases, and then random histories that each store must answer as the protocol does.

${Object.entries(CASES)
  .map(([name, cases]) => `- [${name}](${fileOf(name)}): ${cases.map((one) => one.name).join('; ')}.`)
  .join('\n')}
`;
}

function row({ trap, rule, contract, heldBy }: Trap, number: number): string {
  const links = [
    ...contract.map((name) => `[every store](${fileOf(roomOf(name))}): ${name}`),
    ...heldBy.map(({ file, title }) => `[${/\/test\/(?<name>.+)\.test\.ts$/.exec(file)?.groups?.['name'] ?? file}](../../${file}): ${title}`),
  ];
  return `| ${number} | ${trap} | ${rule} | ${links.join('<br>')} |`;
}

function roomOf(name: string): string {
  const room = Object.entries(CASES).find(([, cases]) => cases.some((one) => one.name === name))?.[0];
  if (room === undefined) throw new Error(`The contract has no case "${name}". Correct scripts/docs/state-traps.ts.`);
  return room;
}

function fileOf(room: string): string {
  return `../../packages/state/test/contract/cases/${room}.ts`;
}

/** By file, in the order of the contract. */
const CASES = {
  claim: CLAIM_CASES,
  fence: FENCE_CASES,
  epoch: EPOCH_CASES,
  checkpoint: CHECKPOINT_CASES,
  result: RESULT_CASES,
  counts: COUNT_CASES,
  resend: RESEND_CASES,
  purge: PURGE_CASES,
  list: LIST_CASES,
  keys: KEY_CASES,
  refusals: REFUSAL_CASES,
  clock: CLOCK_CASES,
  transaction: TRANSACTION_CASES,
} as const;
