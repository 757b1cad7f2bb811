import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');

test('each guide shows the programs that tests run, to the letter', () => {
  const shown = guides().flatMap(examplesOf);
  const differing = shown.filter(({ example, code }) => code !== readFileSync(path.join(ROOT, example), 'utf8'));

  assert.deepEqual(
    differing.map(({ guide, example }) => `${guide} ${example}`),
    [],
  );
  assert.deepEqual(
    TESTED.filter((example) => !shown.some((one) => one.example === `examples/${example}`)),
    [],
  );
});

interface Guide {
  readonly name: string;
  readonly text: string;
}

function guides(): readonly Guide[] {
  const folder = path.join(ROOT, 'docs', 'guides');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
}

/** A link to a program, a colon, and the program. */
function examplesOf({ name, text }: Guide): readonly { readonly guide: string; readonly example: string; readonly code: string }[] {
  return [...text.matchAll(/\]\(\.\.\/\.\.\/(?<example>examples\/[^)]+\.mjs)\)[^\n]*:\n\n```js\n(?<code>[^]*?)```\n/g)].map(({ groups }) => ({
    guide: name,
    example: groups?.['example'] ?? '',
    code: groups?.['code'] ?? '',
  }));
}

const TESTED = [
  'express/server.mjs',
  'express/connect.mjs',
  'fastify/server.mjs',
  'grpc/server.mjs',
  'h3/server.mjs',
  'h3/srvx.mjs',
  'hono/server.mjs',
  'http2/server.mjs',
  'koa/server.mjs',
  'leader-cron/worker.mjs',
  'moving-from/close-with-grace.mjs',
  'moving-from/http-graceful-shutdown.mjs',
  'moving-from/http-terminator.mjs',
  'moving-from/lightship.mjs',
  'moving-from/terminus.mjs',
  'nest/server.mjs',
  'nest/fastify.mjs',
  'resumable-job/worker.mjs',
  'socket.io/server.mjs',
  'sse/server.mjs',
  'ws/server.mjs',
];
