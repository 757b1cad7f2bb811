import { checkQuery, checkRequest, checkText } from '../../check-request.ts';
import type {
  Add,
  AddOutcome,
  Claim,
  ClaimOutcome,
  ClaimRecord,
  Create,
  HolderOutcome,
  Purge,
  Renew,
  Revive,
  Save,
  Settle,
} from '../../protocol/index.ts';
import type { ClaimStore, Durability, ListPage, ListQuery, Request, StoreCapabilities, StoreCheck } from '../../store.ts';
import { declaredDurability } from '../declared-durability.ts';
import type { Argument } from './client.ts';
import { checkServer } from './check-server.ts';
import type { Connection } from './connection.ts';
import { type Keys, bucketOf } from './keys.ts';
import { listRecords } from './lister.ts';
import { LONGEST_FINGERPRINT_BYTES, unpackRecord } from './record-layout.ts';
import { arrayOf, bytesOf, claimOutcome, needsAllKeys, numberOf } from './replies.ts';
import { SCRIPTS, type Script } from './scripts.ts';

export interface RedisStoreParts {
  readonly connection: Connection;
  readonly keys: Keys;
  readonly durability: Durability | undefined;
  readonly isIndexed: (kind: string) => boolean;
}

export class RedisStore implements ClaimStore {
  readonly #parts: RedisStoreParts;
  #durability: Durability | undefined;

  constructor(parts: RedisStoreParts) {
    this.#parts = parts;
    this.#durability = parts.durability;
  }

  get capabilities(): StoreCapabilities {
    return { name: 'Redis', ...declaredDurability(this.#durability, 'async'), clock: 'server', maxBytes: MAX_BYTES };
  }

  async add(request: Request<Add>): Promise<AddOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, afterMs, keepMs, create } = request;
    const args = [textsOf(token, create), String(afterMs), keepText(keepMs), ...this.#creation(create)];
    const reply = await this.#run(SCRIPTS.add, key, args);
    return ADD_OUTCOMES[numberOf(reply)] ?? 'mismatch';
  }

  async claim(request: Request<Claim>): Promise<ClaimOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, leaseMs, keepMs, create, fingerprint, version } = request;
    const { connection, keys } = this.#parts;
    const creation = create === undefined ? [] : this.#creation(create);
    const texts = textsOf(token, create);
    const args = [texts, String(leaseMs), keepText(keepMs), comparison(fingerprint, create), String(version), ...creation];
    const ask = (names: readonly string[]): Promise<unknown> => connection.run(SCRIPTS.claim, names, args);
    // Each key that a script is given is paid for, by whoever sends it and by the server.
    const isRecordAlone = creation.length === VERSION_AND_BUCKET && creation[1] === NO_BUCKET;
    const reply = await ask(isRecordAlone ? [keys.recordOf(key)] : keys.of(key));
    return claimOutcome(isRecordAlone && needsAllKeys(reply) ? await ask(keys.of(key)) : reply, request);
  }

  async renew(request: Request<Renew>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, epoch, leaseMs } = request;
    return holderOutcome(await this.#run(SCRIPTS.renew, key, [token, String(epoch), String(leaseMs)]));
  }

  async save(request: Request<Save>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, epoch, leaseMs, seq, version, data } = request;
    return holderOutcome(await this.#run(SCRIPTS.save, key, [token, String(epoch), String(leaseMs), String(seq), String(version), argumentOf(data)]));
  }

  async settle(request: Request<Settle>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, epoch, settlement } = request;
    const { to, keepMs, result } = settlement;
    if (to !== 'pending') {
      return holderOutcome(
        await this.#run(SCRIPTS.finish, key, [token, String(epoch), to === 'done' ? '2' : '3', keepText(keepMs), argumentOf(result)]),
      );
    }
    const { afterMs, counts, checkpoint } = settlement;
    const args: Argument[] = [token, String(epoch), String(afterMs), keepText(keepMs), argumentOf(result)];
    args.push(counts === 'failure' ? '1' : '0', counts === 'interruption' ? '1' : '0');
    if (checkpoint !== undefined) args.push(String(checkpoint.seq), String(checkpoint.version), argumentOf(checkpoint.data));
    return holderOutcome(await this.#run(SCRIPTS.release, key, args));
  }

  async revive(request: Request<Revive>): Promise<'revived' | 'refused'> {
    checkRequest(request, MAX_BYTES);
    return numberOf(await this.#run(SCRIPTS.revive, request.key, [keepText(request.keepMs)])) === 1 ? 'revived' : 'refused';
  }

  async purge(request: Request<Purge>): Promise<'purged' | 'kept'> {
    checkRequest(request, MAX_BYTES);
    const { key, force } = request;
    return numberOf(await this.#run(SCRIPTS.purge, key, [force === undefined ? '' : String(force)])) === 1 ? 'purged' : 'kept';
  }

  async read(key: string): Promise<ClaimRecord | undefined> {
    checkRequest({ key }, MAX_BYTES);
    const { connection, keys } = this.#parts;
    const [packed, data] = arrayOf(await connection.run(SCRIPTS.read, keys.of(key), []));
    return packed === null ? undefined : unpackRecord(key, bytesOf(packed), data === null ? NONE : bytesOf(data));
  }

  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    return await listRecords(this.#parts, query);
  }

  async check(): Promise<StoreCheck> {
    const checked = await checkServer(this, this.#parts);
    this.#durability = checked.durability;
    return checked;
  }

  #run(script: Script, key: string, args: readonly Argument[]): Promise<unknown> {
    return this.#parts.connection.run(script, this.#parts.keys.of(key), args);
  }

  /** What a new record needs besides its texts: version, bucket, and data unless they are empty. */
  #creation({ version, fingerprint, kind, data }: Create): readonly Argument[] {
    if (fingerprint !== '') checkText('fingerprint', fingerprint, LONGEST_FINGERPRINT_BYTES);
    const bucket = this.#parts.isIndexed(kind) ? String(bucketOf(kind)) : NO_BUCKET;
    return data.byteLength > 0 ? [String(version), bucket, argumentOf(data)] : [String(version), bucket];
  }
}

/** As they stand at the end of a record's header. */
function textsOf(token: string, create: Create | undefined): string {
  return create === undefined ? `${token}\0\0\0` : `${token}\0${create.fingerprint}\0${create.kind}\0`;
}

function comparison(fingerprint: string | undefined, create: Create | undefined): string {
  if (fingerprint === undefined) return '-';
  return fingerprint === create?.fingerprint ? '=' : `:${fingerprint}`;
}

function keepText(keepMs: number): string {
  return keepMs === Infinity ? '-1' : String(keepMs);
}

function argumentOf(bytes: Uint8Array): Argument {
  // A command of texts alone is cheaper to write.
  return bytes.byteLength === 0 ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function holderOutcome(reply: unknown): HolderOutcome {
  return numberOf(reply) === 1 ? 'held' : 'lost';
}

const ADD_OUTCOMES: readonly AddOutcome[] = ['added', 'exists', 'mismatch'];
const NO_BUCKET = '0';
const VERSION_AND_BUCKET = 2;
const NONE = new Uint8Array();
/** A value of Redis may have 512 MB; one server thread copies it while everybody else waits. */
const MAX_BYTES = 64 * 1024 * 1024;
