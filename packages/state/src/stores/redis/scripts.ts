import { createHash } from 'node:crypto';
import { EPOCHS_PER_MS, NEVER } from '../../protocol/index.ts';

/** A Lua script, and the SHA-1 digest by which Redis knows it once it has seen it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/*
 * Each operation of the protocol is one script on the keys of one record:
 *
 *   KEYS[1]  {prefix:shard}:r:key   the record, packed as HEADER says; after it the result
 *   KEYS[2]  {prefix:shard}:d:key   `data` alone, unless it is empty: putting a lease off must not write a checkpoint of megabytes again
 *   KEYS[3]  {prefix:shard}:due     what is pending or held, by kind and time; see keys.ts
 *
 * The line `#!lua` makes Redis refuse the script on a replica before it runs, also where it would only have read; and it refuses keys of two slots.
 * Numbers: a time or an epoch is a whole number below 2^53, which a Lua number holds.
 */

/**
 * Where record-layout.ts has it too: layout, state, where the result begins, length of the token, due, keep, epoch, seq, version, failures, interruptions,
 * stalls, bucket, has data; then token, fingerprint and kind, each with a NUL behind it. What is asked or changed most stands in front.
 */
const HEADER = '>BBHBddddI4I4I4I4HBsss';
/** Begins of the parts of it, counted from 1. */
const [EPOCH_AT, BUCKET_AT, HAS_AT, TOKEN_AT] = [22, 54, 56, 57];

const FIELDS = 'layout, state, at, size, due, keep, epoch, seq, version, failures, interruptions, stalls, bucket, has, token, fp, kind';

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const GET = `#!lua
local m = redis.call('GET', KEYS[1])
local ${FIELDS}`;

const CHECK_LAYOUT = `
if layout ~= 1 then return redis.error_reply('SPOTPROOF layout ' .. layout .. ' is newer than this code') end`;

/** Reads the record into locals; without one \`m\` is false. */
const LOAD = `${GET}
if m then
  ${FIELDS} = struct.unpack('${HEADER}', m)
  ${CHECK_LAYOUT}
end`;

/** The same for a holder, as far as it takes to know it; without a record, or if another one holds it, that is the answer. */
const LOAD_OWN = `${GET}
if not m then return 0 end
layout, state, at, size, due, keep, epoch = struct.unpack('>BBHBddd', m)
${CHECK_LAYOUT}
if epoch ~= tonumber(ARGV[2]) or size ~= #ARGV[1] or string.sub(m, ${TOKEN_AT}, ${TOKEN_AT} - 1 + size) ~= ARGV[1] then return 0 end
bucket, has = struct.unpack('>HB', m, ${BUCKET_AT})`;

/** `keepMs` after `from`; -1 stands for ever. */
const keepAfter = (from: string, keepMs: string): string => `(tonumber(${keepMs}) < 0 and ${NEVER} or math.min(${NEVER}, ${from} + ${keepMs}))`;

/** When Redis may remove the keys: never before its clock has passed the epoch, so that the next record of this key begins above it. */
const GONE = `math.max(keep, math.floor(epoch / ${EPOCHS_PER_MS}) + 1)`;

/** A time to live of Redis is an absolute time here, so that it is the record's own. */
const WRITE = `
if keep < ${NEVER} then redis.call('SET', KEYS[1], packed, 'PXAT', ${GONE}) else redis.call('SET', KEYS[1], packed) end`;

/** Writes the record from the locals. */
const write = (result: string): string => `
local packed = struct.pack('${HEADER}', 1, state, ${TOKEN_AT + 3} + #token + #fp + #kind, #token, ${FIELDS.replace('layout, state, at, size, ', '')}) .. ${result}${WRITE}`;

/** Writes what stands in front from the locals, and the rest as it is. */
const writeFront = (rest: string): string => `
local packed = struct.pack('>BBHBdd', 1, state, at, size, due, keep) .. ${rest}${WRITE}`;

const writeData = (data: string): string => `
if #${data} > 0 then
  has = 1
  if keep < ${NEVER} then redis.call('SET', KEYS[2], ${data}, 'PXAT', ${GONE}) else redis.call('SET', KEYS[2], ${data}) end
elseif has == 1 then
  has = 0
  redis.call('DEL', KEYS[2])
end`;

/** Whoever writes is not the holder. */
const OTHERS = 'token ~= ARGV[1] or epoch ~= tonumber(ARGV[2])';

/** The data live as long as their record. */
const KEEP_DATA = `
if has == 1 then
  if keep < ${NEVER} then redis.call('PEXPIREAT', KEYS[2], ${GONE}) else redis.call('PERSIST', KEYS[2]) end
end`;

/** The key is what KEYS[1] has after `{prefix:shard}:r:`; KEYS[3] is one longer than that. */
const KEY = 'string.sub(KEYS[1], #KEYS[3])';
/** 2^43 ms is in the year 2248: kind and time share the 53 bits of a score. */
const INDEX = `
if bucket > 0 then redis.call('ZADD', KEYS[3], bucket * 8796093022208 + math.min(due, 8796093022207), ${KEY}) end`;
const UNINDEX = `
if bucket > 0 then redis.call('ZREM', KEYS[3], ${KEY}) end`;

const WON = `
return {1, epoch, seq, version, failures, interruptions, stalls, has == 1 and redis.call('GET', KEYS[2]) or ''}`;

/** The token, fingerprint and kind of ARGV[1], as a record has them: each with a NUL behind it. */
const TEXTS = `
local mine, print = struct.unpack('ss', ARGV[1])`;

/**
 * Writes a new record. ARGV[1] is its end, [2] and [3] are times from now: when it is due, and how long it is kept after that. `rest` is where the others
 * begin: version, bucket, and data unless they are empty.
 */
const create = (state: number, rest: number): string => `
local data = ARGV[${rest + 2}] or ''
epoch, due, bucket, has = now * ${EPOCHS_PER_MS}, now + ARGV[2], tonumber(ARGV[${rest + 1}]), 0
keep = ${keepAfter('due', 'ARGV[3]')}${writeData('data')}
size = string.find(ARGV[1], '\\0', 1, true) - 1
local packed = struct.pack('${HEADER.replace('sss', '')}', 1, ${state}, ${TOKEN_AT} + #ARGV[1], size, due, keep, epoch, 0, ARGV[${rest}], 0, 0, 0, bucket, has) .. ARGV[1]${WRITE}${INDEX}`;

/**
 * ARGV: token, fingerprint and kind; leaseMs, keepMs, what to compare the fingerprint with (`-` nothing, `=` that of ARGV[1], or what stands behind a `:`),
 * version; and to create: as above. KEYS[2] and [3] may be left out by who would create neither; a record that has them is then answered by -3.
 *
 * Whatever is a kilobyte costs a microsecond each time that Lua makes a string of it, since Redis has it hash all of it: a record that is settled goes out
 * as it came in, and whoever asked takes it apart.
 */
const CLAIM = `${GET}
if not m then
  if not ARGV[6] then return -1 end${NOW}${create(1, 6)}
  return epoch
end
layout, state = string.byte(m, 1, 2)
${CHECK_LAYOUT}
if state >= 2 then return m end
${FIELDS} = struct.unpack('${HEADER}', m)${TEXTS}
if ARGV[4] ~= '=' then print = string.sub(ARGV[4], 2) end
if ARGV[4] ~= '-' and fp ~= print then return -2 end${NOW}
if token == mine then
  if state == 0 then return {5, 0, 0} end
else
  if version > tonumber(ARGV[5]) then return {6, version} end
  if due > now then return {5, state, due - now} end
  token, epoch = mine, math.max(epoch + 1, now * ${EPOCHS_PER_MS})
  interruptions, stalls, state = interruptions + state, stalls + state, 1
end
if not KEYS[3] and (has == 1 or bucket > 0) then return -3 end
due = now + ARGV[2]
keep = math.max(keep, ${keepAfter('due', 'ARGV[3]')})
${write('string.sub(m, at)')}${KEEP_DATA}${INDEX}${WON}`;

/** ARGV: token, fingerprint and kind; afterMs, keepMs; and to create: as above. */
const ADD = `${LOAD}
if m then
  ${TEXTS}
  if token == mine then return 0 end
  return fp == print and 1 or 2
end${NOW}${create(0, 4)}
return 0`;

/** ARGV: token, epoch, leaseMs. */
const RENEW = `${LOAD_OWN}
if state ~= 1 then return 0 end${NOW}
due = now + ARGV[3]
if due > keep then
  keep = due
  ${KEEP_DATA}
end${writeFront(`string.sub(m, ${EPOCH_AT})`)}${INDEX}
return 1`;

/** ARGV: token, epoch, leaseMs, seq, version, data. */
const SAVE = `${LOAD}
local nth = tonumber(ARGV[4])
if not m or state ~= 1 or ${OTHERS} or (nth ~= seq + 1 and nth ~= seq) then return 0 end${NOW}
due = now + ARGV[3]
keep = math.max(keep, due)
seq, version, stalls = nth, ARGV[5], 0
${writeData('ARGV[6]')}${write('string.sub(m, at)')}${INDEX}
return 1`;

/** ARGV: token, epoch, state (2 done, 3 failed), keepMs, result. */
const FINISH = `${LOAD_OWN}
if state ~= 1 then return state == tonumber(ARGV[3]) and 1 or 0 end${NOW}
state, due = tonumber(ARGV[3]), now
keep = ${keepAfter('now', 'ARGV[4]')}
local rest = string.sub(m, ${EPOCH_AT}, at - 1)
if has == 1 and state == 2 then
  redis.call('DEL', KEYS[2])
  rest = string.sub(m, ${EPOCH_AT}, ${HAS_AT - 1}) .. '\\0' .. string.sub(m, ${TOKEN_AT}, at - 1)
elseif has == 1 then ${KEEP_DATA}
end${writeFront('rest .. ARGV[5]')}${UNINDEX}
return 1`;

/** ARGV: token, epoch, afterMs, keepMs, result, failures to add, interruptions to add; and with a checkpoint: seq, version, data. */
const RELEASE = `${LOAD}
if not m or ${OTHERS} then return 0 end
if state ~= 1 then return state == 0 and 1 or 0 end
local nth = ARGV[8] and tonumber(ARGV[8])
if nth and nth ~= seq + 1 and nth ~= seq then return 0 end${NOW}
state, due = 0, now + ARGV[3]
keep = math.max(keep, ${keepAfter('due', 'ARGV[4]')})
failures, interruptions = failures + ARGV[6], interruptions + ARGV[7]
if nth then
  seq, version, stalls = nth, ARGV[9], 0
  ${writeData('ARGV[10]')}
else ${KEEP_DATA}
end${write('ARGV[5]')}${INDEX}
return 1`;

/** ARGV: keepMs. */
const REVIVE = `${LOAD}
if not m or state ~= 3 then return 0 end${NOW}
state, due, failures, stalls = 0, now, 0, 0
keep = ${keepAfter('now', 'ARGV[1]')}
${write('string.sub(m, at)')}${KEEP_DATA}${INDEX}
return 1`;

/** ARGV: '' or the epoch. */
const PURGE = `${LOAD}${NOW}
if not m or (ARGV[1] == '' and keep > now) or (ARGV[1] ~= '' and epoch ~= tonumber(ARGV[1])) or now * ${EPOCHS_PER_MS} <= epoch then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])${UNINDEX}
return 1`;

const READ = `#!lua
return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2])}`;

/** KEYS: the records. ARGV: how many bytes of each hold all but the result. Returns them, and the time. */
const SUMMARIES = `#!lua${NOW}
local found = {now}
for i = 1, #KEYS do found[i + 1] = redis.call('GETRANGE', KEYS[i], 0, ARGV[1]) end
return found`;

/** KEYS: the index. ARGV: bucket, from when on, offset, limit. Returns keys and scores, due now. */
const DUE = `#!lua${NOW}
local base = ARGV[1] * 8796093022208
return redis.call('ZRANGE', KEYS[1], base + ARGV[2], base + now, 'BYSCORE', 'LIMIT', ARGV[3], ARGV[4], 'WITHSCORES')`;

/** Takes what is no longer there out of the index: Redis removes a record when its time is over, and does not say so. KEYS as everywhere. */
const TIDY = `#!lua
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[3], ${KEY})`;

export const SCRIPTS = {
  claim: script(CLAIM),
  add: script(ADD),
  renew: script(RENEW),
  save: script(SAVE),
  finish: script(FINISH),
  release: script(RELEASE),
  revive: script(REVIVE),
  purge: script(PURGE),
  read: script(READ),
  summaries: script(SUMMARIES),
  due: script(DUE),
  tidy: script(TIDY),
} as const;

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
