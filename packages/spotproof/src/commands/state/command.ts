import { SpotproofError, isSpotproofError } from '@spotproof/core';
import type { ClaimStore, ListQuery } from '@spotproof/state';
import { inspectRecord } from '@spotproof/state/inspect';
import { STATE_EXIT_CODES } from '../../state/exit-codes.ts';
import { everyRecord, findRecords } from '../../state/find-records.ts';
import { purgeExpired, purgeNow } from '../../state/purge.ts';
import { recordDocument, summaryDocument } from '../../state/record-document.ts';
import { retry } from '../../state/retry.ts';
import { schemaOf } from '../../state/schema.ts';
import { parseStoreAddress, type StoreAddress } from '../../state/store-address.ts';
import { renderList, renderRecord, shellQuoted } from '../../state/text.ts';
import { count } from '../../verdict/words.ts';
import { parseChoice, parseWhole } from '../lab/values.ts';
import { standardError, standardOutput } from '../streams.ts';
import type { StateFlags } from './flags.ts';
import { openStore, type OpenStore } from './open-store.ts';

/** One of the commands of `spotproof state`, as it was called. */
export interface StateCall {
  readonly name: string;
  readonly key: string | undefined;
  readonly flags: StateFlags;
}

/** Resolves to the exit code. */
export async function runStateCommand({ name, key, flags }: StateCall): Promise<number> {
  const action = parseChoice('The command', name, ACTIONS);
  // First of all, so that nothing is connected to for a command that cannot be.
  const prepared = prepare({ action, key, flags });
  const address = addressOf(flags);
  if (action === 'schema') {
    standardOutput.write(schemaOf(address, { cloudformation: flags.cloudformation === true }));
    return done;
  }
  const opened = await openStore(address, { cwd: process.cwd(), creates: action === 'migrate' });
  try {
    return await prepared(opened, address);
  } finally {
    await opened.close();
  }
}

type Prepared = (opened: OpenStore, address: StoreAddress) => Promise<number>;

function prepare({
  action,
  key,
  flags,
}: {
  readonly action: (typeof ACTIONS)[number];
  readonly key: string | undefined;
  readonly flags: StateFlags;
}): Prepared {
  switch (action) {
    case 'list':
      return list(flags);
    case 'show':
      return show(key ?? '', flags);
    case 'retry':
      return prepareRetry(key, flags);
    case 'purge':
      return preparePurge(key, flags);
    case 'check':
      return check(flags);
    case 'migrate':
      return async ({ migrate }) => {
        standardOutput.write(`${await migrate()}\n`);
        return done;
      };
    case 'schema':
      return () => Promise.resolve(done);
  }
}

function list({ kind, state, limit = '50', cursor, json }: StateFlags): Prepared {
  const query: ListQuery = {
    kind,
    state: state === undefined ? undefined : parseChoice('--state', state, STATES),
    limit: parseWhole('--limit', limit, { min: 1, max: 1000 }),
    cursor,
  };
  return async ({ store }) => {
    const page = await findRecords(store, query);
    const now = Date.now();
    const records = page.records.map((record) => summaryDocument(record, now));
    if (json === true) write({ records, cursor: page.cursor ?? null });
    else {
      if (records.length > 0) standardOutput.write(renderList(records, now));
      const more = page.cursor === undefined ? '' : ` There are more: --cursor ${shellQuoted(page.cursor)}`;
      standardError.write(`${count(records.length, 'record')}.${more}\n`);
    }
    return done;
  };
}

function show(key: string, { preview = '200', json }: StateFlags): Prepared {
  const previewLength = parseWhole('--preview', preview, { min: 0, max: 100_000_000 });
  return async ({ store }) => {
    const record = await store.read(key);
    if (record === undefined) return missing(key);
    const nowMs = Date.now();
    const document = recordDocument(record, inspectRecord(record), { nowMs, previewLength });
    if (json === true) write(document);
    else standardOutput.write(renderRecord(document, nowMs));
    return done;
  };
}

function prepareRetry(key: string | undefined, { all, kind, json }: StateFlags): Prepared {
  if ((key === undefined) !== (all === true)) throw usage('`retry` needs either the key of one record, or --all with --kind <kind>');
  if (all === true && kind === undefined) throw usage('`retry --all` needs --kind <kind>: which of the failed work is to be done again');
  if (all !== true && kind !== undefined) throw usage('--kind goes with --all: a key has one kind');
  return key === undefined ? retryAll(kind ?? '', json) : retryOne(key, json);
}

function retryOne(key: string, json: true | undefined): Prepared {
  return async ({ store }) => {
    const record = await store.read(key);
    if (record === undefined) return missing(key);
    const isRevived = record.state === 'failed' && (await retry(store, record)) === 'revived';
    if (json === true) write({ revived: isRevived ? [key] : [] });
    else if (isRevived) standardOutput.write(`Revived: it is pending, with ${count(record.seq, 'checkpoint')}.\n`);
    if (isRevived) return done;
    return refused(`Nothing was changed: the record is ${record.state}, and only what has failed for good gets a second chance.`);
  };
}

function retryAll(kind: string, json: true | undefined): Prepared {
  return async ({ store }) => {
    const revived: string[] = [];
    for await (const record of everyRecord(store, { kind, state: 'failed' }))
      if ((await retry(store, record)) === 'revived') revived.push(record.key);
    if (json === true) write({ revived });
    else standardOutput.write(`Revived ${count(revived.length, 'record')} of kind ${kind}.\n`);
    return done;
  };
}

function preparePurge(key: string | undefined, { expired, kind, force, json }: StateFlags): Prepared {
  if ((key === undefined) !== (expired === true)) throw usage('`purge` needs either the key of one record, or --expired');
  if (key === undefined && force !== undefined) throw usage('--force is for one record: name its key');
  if (key !== undefined && kind !== undefined) throw usage('--kind goes with --expired: a key has one kind');
  if (key === undefined)
    return async ({ store }) => {
      const purged = await purgeExpired(store, { kind, nowMs: Date.now });
      if (json === true) write({ purged });
      else standardOutput.write(`Removed ${count(purged, 'record')}.\n`);
      return done;
    };
  const epoch = force === undefined ? undefined : parseWhole('--force', force, { min: 0, max: Number.MAX_SAFE_INTEGER });
  return async ({ store }) => {
    const outcome = epoch === undefined ? await store.purge({ key, force: undefined }) : await purgeNow(store, { key, epoch });
    if (json === true) write({ purged: outcome === 'purged' ? 1 : 0 });
    else if (outcome === 'purged') standardOutput.write('Removed.\n');
    return outcome === 'purged' ? done : await whyKept(store, key, epoch);
  };
}

async function whyKept(store: ClaimStore, key: string, epoch: number | undefined): Promise<number> {
  const record = await store.read(key);
  if (record === undefined) return missing(key);
  const { keepUntil } = summaryDocument(record, Date.now());
  if (epoch === undefined) {
    const until = keepUntil === 'forever' ? 'for ever' : `until ${keepUntil}`;
    return refused(`It is kept ${until}. To remove it now, with what it holds: --force ${record.epoch}`);
  }
  if (record.epoch !== epoch)
    return refused(`It was claimed again since then: it is ${record.state}, and its epoch is ${record.epoch}. Look at it again.`);
  return refused('It is kept while the clock of the store has not passed its epoch. Try again in a moment.');
}

function check({ strict, json }: StateFlags): Prepared {
  return async ({ store }, { kind, label }) => {
    let checked: Awaited<ReturnType<ClaimStore['check']>>;
    try {
      checked = await store.check();
    } catch (error) {
      // A server that is away says nothing about whether it would do.
      if (!isSpotproofError(error, 'SPOTPROOF_STORE') || error.retryable) throw error;
      if (json === true) write({ store: label, fit: false, why: error.message });
      return refused(error.message);
    }
    const { clock, maxBytes } = store.capabilities;
    const { version, durability, warnings } = checked;
    if (json === true) write({ store: label, fit: true, version, durability, clock, maxBytes, warnings });
    else
      standardOutput.write(
        [
          `${version} at ${label}`,
          `  durability   ${durability}: ${SURVIVES[durability]}`,
          `  clock        ${CLOCKS[clock]}`,
          `  record       ${Math.floor(maxBytes / 1024)} KiB at most`,
          ...(kind === 'sqlite' ? ['  note         in SQLite durability is a setting of each connection: this is the one of this command'] : []),
          ...warnings.map((warning) => `  warning      ${warning}`),
        ]
          .map((line) => `${line}\n`)
          .join(''),
      );
    return strict === true && warnings.length > 0 ? STATE_EXIT_CODES.refused.code : done;
  };
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` */
function addressOf({ store = process.env['SPOTPROOF_STATE_STORE'] }: StateFlags): StoreAddress {
  if (store === undefined || store === '')
    throw usage(
      'No store is named. Give --store, such as --store sqlite:./state.db, or set SPOTPROOF_STATE_STORE; or, for an address with a password in it, only the latter',
    );
  return parseStoreAddress(store);
}

function missing(key: string): number {
  return refused(`There is no record under ${JSON.stringify(key)}.`);
}

function refused(sentence: string): number {
  standardError.write(`spotproof: ${sentence}\n`);
  return STATE_EXIT_CODES.refused.code;
}

function usage(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${sentence}.`);
}

function write(document: object): void {
  standardOutput.write(`${JSON.stringify(document, null, 2)}\n`);
}

const done = STATE_EXIT_CODES.done.code;
const ACTIONS = ['list', 'show', 'retry', 'purge', 'check', 'schema', 'migrate'] as const;
const STATES = ['pending', 'held', 'done', 'failed', 'due'] as const;
const SURVIVES = {
  sync: 'an answered write survives the loss of a process and of a machine, as this server is set up',
  async: 'a crash or a failover may lose the last answered writes, so that work may be done twice',
  none: 'everything is lost with the process that keeps it',
} as const;
const CLOCKS = {
  server: "the store's own decides when a lease is over",
  watch: 'a lease is over when it was seen unchanged for as long as it is',
} as const;
