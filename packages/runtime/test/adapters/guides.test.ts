import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');

test('each guide shows the server that its test runs, to the letter', () => {
  const shown = guides().filter(({ example }) => existsSync(path.join(ROOT, example)));
  const differing = shown.filter(({ text, example }) => !text.includes(`\`\`\`js\n${readFileSync(path.join(ROOT, example), 'utf8')}\`\`\`\n`));

  assert.deepEqual(
    shown.map(({ name }) => name).filter((name) => ADAPTERS.includes(name)),
    ADAPTERS,
  );
  assert.deepEqual(
    differing.map(({ name }) => name),
    [],
  );
});

interface Guide {
  readonly name: string;
  readonly text: string;
  /** The server that goes with it, if there is one. */
  readonly example: string;
}

function guides(): readonly Guide[] {
  const folder = path.join(ROOT, 'docs', 'guides');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .toSorted()
    .map((file) => {
      const name = file.slice(0, -'.md'.length);
      return { name, text: readFileSync(path.join(folder, file), 'utf8'), example: `examples/${name}/server.mjs` };
    });
}

const ADAPTERS = ['express', 'fastify', 'hono', 'koa', 'nest', 'socket.io', 'sse', 'ws'];
