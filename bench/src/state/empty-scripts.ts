import { createHash, hash, randomUUID } from 'node:crypto';
import { RESULT, RESULT_TEXT, type Work } from './spotproof.ts';

/**
 * The least that a store can do in Redis whose operations are scripts, as they must be where a write depends on who holds the key: each is sent with what
 * it would need and does nothing, but for a replay, which reads. The digests of key and arguments are made, and the result becomes JSON and comes back.
 *
 * @param send A command; its answer as bytes.
 */
export async function emptyScripts(send: (...command: string[]) => Promise<unknown>): Promise<Work> {
  for (const source of [NOTHING, READ]) await send('SCRIPT', 'LOAD', source);
  const known = Array.from({ length: KNOWN }, () => randomUUID());
  for (const id of known) await send('SET', recordOf(id), RESULT_TEXT);
  let asked = 0;
  const claim = (source: string, id: string): Promise<unknown> => {
    const fingerprint = digestOf(JSON.stringify([{ id }]));
    return send('EVALSHA', shaOf[source]!, '1', recordOf(id), `${randomUUID()}\0${fingerprint}\0once:bench\0`, '30000', DAY_MS, '=', '1', '1', '0');
  };
  const write = (...values: string[]): Promise<unknown> =>
    send('EVALSHA', shaOf[NOTHING]!, '3', '{bench}:r:key', '{bench}:d:key', '{bench}:due', randomUUID(), EPOCH, ...values);
  return {
    first: async () => {
      await claim(NOTHING, randomUUID());
      await write('2', DAY_MS, JSON.stringify(RESULT));
    },
    replay: async () => JSON.parse(String(await claim(READ, known[(asked += 1) % KNOWN]!))),
    step: () => write('30000', '1', '1', RESULT_TEXT),
    heartbeat: () => write('30000'),
  };
}

function recordOf(id: string): string {
  return `{bench}:r:${digestOf(JSON.stringify(['once', 'bench', ['account-1'], [id]]))}`;
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

const NOTHING = '#!lua\nreturn 1';
const READ = "#!lua\nreturn redis.call('GET', KEYS[1])";
const shaOf = Object.fromEntries([NOTHING, READ].map((source) => [source, createHash('sha1').update(source).digest('hex')]));
const KNOWN = 200;
const DAY_MS = '86400000';
const EPOCH = '1838347547973632';
