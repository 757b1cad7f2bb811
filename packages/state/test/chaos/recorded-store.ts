import { writeSync } from 'node:fs';
import type { ClaimStore } from '../../src/index.ts';
import type { Operation, Outcomes } from '../../src/protocol/index.ts';
import type { Observed } from '../support/linearizable.ts';

/** Writes down each call before it is sent and each answer when it is there, so that a kill takes nothing back that was asked for. */
export function recorded(store: ClaimStore, { file, by }: { readonly file: number; readonly by: string }): ClaimStore {
  let calls = 0;
  const write = (line: Line): void => void writeSync(file, `${JSON.stringify(line, writable)}\n`);
  const asked = async <O>(operation: Operation, call: () => Promise<O>): Promise<O> => {
    calls += 1;
    const id = `${by}:${calls}`;
    write({ id, by, operation, at: nowMs() });
    const outcome = await call();
    write({ id, outcome, at: nowMs() });
    return outcome;
  };
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      if (!RECORDED.has(String(name))) return method.bind(target) as unknown;
      return (request: object) => asked({ op: name, ...request } as Operation, () => Reflect.apply(method, target, [request]) as Promise<unknown>);
    },
  });
}

/** The history of each key, from the lines of all processes. */
export function histories(lines: Iterable<string>): ReadonlyMap<string, readonly Observed[]> {
  const calls = new Map<string, { -readonly [P in keyof Observed]: Observed[P] }>();
  for (const text of lines) {
    const line = JSON.parse(text, revived) as Line;
    if ('operation' in line) calls.set(line.id, { by: line.by, operation: line.operation, calledAt: line.at, answer: undefined });
    else calls.get(line.id)!.answer = { at: line.at, outcome: line.outcome as Outcomes[Operation['op']] };
  }
  const byKey = new Map<string, Observed[]>();
  for (const call of calls.values()) {
    const history = byKey.get(call.operation.key) ?? [];
    history.push(call);
    byKey.set(call.operation.key, history);
  }
  return byKey;
}

type Line =
  | { readonly id: string; readonly by: string; readonly operation: Operation; readonly at: number }
  | { readonly id: string; readonly outcome: unknown; readonly at: number };

/** One clock for all processes of the machine. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function writable(_name: string, value: unknown): unknown {
  if (value === Infinity) return { $: 'forever' };
  // A Buffer has made text of itself before it comes here.
  if (typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value)
    return { $: Buffer.from(value.data as readonly number[]).toString('base64') };
  return value instanceof Uint8Array ? { $: Buffer.from(value).toString('base64') } : value;
}

function revived(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$' in value)) return value;
  return value.$ === 'forever' ? Infinity : new Uint8Array(Buffer.from(String(value.$), 'base64'));
}

const RECORDED = new Set(['add', 'claim', 'renew', 'save', 'settle', 'revive', 'purge']);
