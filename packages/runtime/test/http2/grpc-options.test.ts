import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Server } from '@grpc/grpc-js';
import { protectGrpc } from '@spotproof/runtime/grpc';

// What the types forbid reaches the runtime from JavaScript.
const WRONG: readonly (readonly [string, () => unknown])[] = [
  ['server must be a Server of "@grpc/grpc-js", got undefined', () => Reflect.apply(protectGrpc, undefined, [])],
  ['server must be a Server of "@grpc/grpc-js", got object', () => Reflect.apply(protectGrpc, undefined, [{ listen() {} }])],
  [
    'health must be an object with setStatus(service, status), got object',
    () => Reflect.apply(protectGrpc, undefined, [new Server(), { health: {} }]),
  ],
  [
    'healthServices must be a list of service names, got "all"',
    () => Reflect.apply(protectGrpc, undefined, [new Server(), { healthServices: 'all' }]),
  ],
];

for (const [sentence, call] of WRONG) {
  test(`refused: ${sentence}`, () => {
    assert.throws(call, (error: Error & { code?: unknown }) => error.code === 'SPOTPROOF_CONFIG_INVALID' && error.message.startsWith(sentence));
  });
}
