import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkArchitecture } from './check.ts';
import { RULES } from './rules.ts';

interface Planted {
  readonly title: string;
  readonly file: string;
  readonly source: string;
  /** A part of the one message that must come, or undefined when nothing may. */
  readonly caught: string | undefined;
}

const CORE = 'packages/core/src/a.ts';
const WORLD = 'packages/world/src/a.ts';
const RUNTIME = 'packages/runtime/src/a.ts';
const RUNTIME_PROCESS = 'packages/runtime/src/process/a.ts';
const RUNTIME_PLATFORM = 'packages/runtime/src/platform/a.ts';
const TOOL = 'packages/spotproof/src/report/a.ts';
const LAB = 'packages/spotproof/src/lab/a.ts';
const COMMAND = 'packages/spotproof/src/commands/a.ts';
const BALANCER_PROCESS = 'packages/spotproof/src/balancer/process/a.ts';
const BIN = 'packages/spotproof/bin/spotproof.js';

const PLANTED: readonly Planted[] = [
  // Arrows between packages.
  { title: 'core importing a Node module', file: CORE, source: "import net from 'node:net';", caught: 'imports "node:net", which core may not' },
  { title: 'core importing types only', file: CORE, source: "import type { Socket } from 'node:net';", caught: 'imports "node:net"' },
  { title: 'core importing a package', file: CORE, source: "export * from '@spotproof/world';", caught: 'imports "@spotproof/world"' },
  { title: 'core naming a type of Node inline', file: CORE, source: "export type A = import('node:net').Socket;", caught: 'imports "node:net"' },
  { title: 'core importing for effect', file: CORE, source: "import 'node:net';", caught: 'imports "node:net"' },
  { title: 'world importing core', file: WORLD, source: "import { a } from '@spotproof/core/drain';", caught: undefined },
  {
    title: 'world importing a Node module',
    file: WORLD,
    source: "import { hash } from 'node:crypto';",
    caught: 'imports "node:crypto", which world may not',
  },
  {
    title: 'runtime importing world',
    file: RUNTIME,
    source: "import { a } from '@spotproof/world';",
    caught: 'imports "@spotproof/world", which runtime may not',
  },
  { title: 'runtime importing from npm', file: RUNTIME, source: "import { a } from 'ws';", caught: 'imports "ws", which runtime may not' },
  {
    title: 'runtime importing a package whose name begins alike',
    file: RUNTIME,
    source: "import { a } from '@spotproof/core-extra';",
    caught: 'imports "@spotproof/core-extra"',
  },
  {
    title: 'runtime importing core and Node',
    file: RUNTIME,
    source: "import net from 'node:net';\nimport { a } from '@spotproof/core';",
    caught: undefined,
  },
  { title: 'a Node module without its prefix', file: RUNTIME, source: "import net from 'net';", caught: 'without the prefix' },
  {
    title: 'the command loading the runtime outside the lab',
    file: TOOL,
    source: "import { a } from '@spotproof/runtime';",
    caught: 'only lab/ may',
  },
  { title: 'the lab loading the runtime', file: LAB, source: "const a = import.meta.resolve('@spotproof/runtime/auto');", caught: undefined },
  { title: 'an import by resolve', file: TOOL, source: "const a = import.meta.resolve('@spotproof/runtime/auto');", caught: 'only lab/ may' },
  { title: 'commander outside the commands', file: LAB, source: "import { Command } from 'commander';", caught: 'only commands/ may' },
  { title: 'commander in the commands', file: COMMAND, source: "import { Command } from 'commander';", caught: undefined },
  {
    title: 'a relative path into another package',
    file: WORLD,
    source: "import { a } from '../../core/src/a.ts';",
    caught: "outside of its package's src",
  },
  { title: 'an import that names no file', file: WORLD, source: "import { a } from './b.js';", caught: 'not a file of the package' },
  { title: 'a computed import', file: TOOL, source: 'const a = await import(name);', caught: 'computed at run time' },
  { title: 'an import computed by a template', file: TOOL, source: 'const a = await import(`./${name}.ts`);', caught: 'computed at run time' },
  { title: 'a bin that loads dist', file: BIN, source: "import('../dist/main.js');", caught: undefined },
  { title: 'a bin that loads source', file: BIN, source: "import('../src/main.ts');", caught: 'only dist' },
  { title: 'a package without a row', file: 'packages/fresh/src/a.ts', source: '', caught: 'no row' },

  // Capabilities.
  { title: 'console in core', file: CORE, source: 'console.log(1);', caught: 'touches console' },
  { title: 'console in the lab', file: LAB, source: 'console.error(1);', caught: 'touches console' },
  { title: 'console through globalThis', file: LAB, source: "globalThis['console'].log(1);", caught: 'touches console' },
  { title: 'console in a command', file: COMMAND, source: 'console.log(process.argv);', caught: undefined },
  { title: 'arguments in the lab', file: LAB, source: 'const a = process.argv[2];', caught: 'touches process.argv' },
  { title: 'arguments in the process door of runtime', file: RUNTIME_PROCESS, source: 'const a = process.argv;', caught: 'touches process.argv' },
  { title: 'the environment in runtime', file: RUNTIME, source: 'const a = process.env.A;', caught: 'touches process.env (environment)' },
  { title: 'the environment by destructuring', file: RUNTIME, source: 'const { env } = process;', caught: 'touches process (process)' },
  { title: 'the environment through globalThis', file: RUNTIME, source: 'const a = globalThis.process.env;', caught: 'touches process.env' },
  { title: 'the environment by import', file: RUNTIME, source: "import { env } from 'node:process';", caught: 'touches node:process' },
  { title: 'a signal in the process door of runtime', file: RUNTIME_PROCESS, source: "process.on('SIGTERM', drain);", caught: undefined },
  { title: 'an exit in a process entry', file: BALANCER_PROCESS, source: 'process.exit(1);', caught: undefined },
  {
    title: 'an exit in the balancer itself',
    file: 'packages/spotproof/src/balancer/a.ts',
    source: 'process.exit(1);',
    caught: 'touches process.exit (process)',
  },
  { title: 'an exit in the lab', file: LAB, source: 'process.exit(1);', caught: 'touches process.exit (process)' },
  { title: 'a local name that hides the process', file: LAB, source: 'const process = start();', caught: 'touches process (process)' },
  { title: 'a signal to a task in the lab', file: LAB, source: "process.kill(pid, 'SIGTERM');", caught: undefined },
  { title: 'a signal to another process in a report', file: TOOL, source: "process.kill(pid, 'SIGTERM');", caught: 'touches process.kill' },
  { title: 'a fact about the machine in core', file: CORE, source: 'const a = process.platform;', caught: 'touches process.platform' },
  { title: 'a fact about the machine in a report', file: TOOL, source: "const a = process.platform === 'win32';", caught: undefined },
  { title: 'files in runtime', file: RUNTIME, source: "import { readFileSync } from 'node:fs';", caught: 'touches node:fs' },
  { title: 'files by promise in the report', file: TOOL, source: "import { readFile } from 'node:fs/promises';", caught: 'touches node:fs/promises' },
  { title: 'files by the back door', file: RUNTIME_PROCESS, source: "process.getBuiltinModule('node:fs');", caught: 'touches node:fs' },
  { title: 'files in the platform door of runtime', file: RUNTIME_PLATFORM, source: "import { readFileSync } from 'node:fs';", caught: undefined },
  {
    title: 'child processes in runtime',
    file: RUNTIME_PLATFORM,
    source: "import { spawn } from 'node:child_process';",
    caught: 'touches node:child_process',
  },
  {
    title: 'child processes in a command',
    file: COMMAND,
    source: "import { spawn } from 'node:child_process';",
    caught: 'touches node:child_process',
  },
  { title: 'child processes in the lab', file: LAB, source: "import { spawn } from 'node:child_process';", caught: undefined },
  { title: 'a worker thread in the lab', file: LAB, source: "import { Worker } from 'node:worker_threads';", caught: 'touches node:worker_threads' },
  { title: 'a look at the cluster in runtime', file: RUNTIME, source: "import cluster from 'node:cluster';", caught: undefined },
  { title: 'a signal sent by runtime', file: RUNTIME_PROCESS, source: "process.kill(1, 'SIGTERM');", caught: 'touches process.kill' },
  { title: 'code from text', file: LAB, source: "eval('1');", caught: 'touches eval' },
  { title: 'createRequire', file: LAB, source: "import { createRequire } from 'node:module';", caught: 'touches node:module' },

  // No clock and no chance in what must be deterministic.
  { title: 'the wall clock in core', file: CORE, source: 'const a = Date.now();', caught: 'touches Date.now' },
  { title: 'the wall clock by a new date', file: WORLD, source: 'const a = new Date();', caught: 'touches new Date()' },
  { title: 'the wall clock by a bare new date', file: WORLD, source: 'const a = new Date;', caught: 'touches new Date()' },
  { title: 'a date made from a number', file: WORLD, source: 'const a = new Date(0), b = Date.UTC(2026, 0);', caught: undefined },
  { title: 'the monotonic clock in world', file: WORLD, source: 'const a = performance.now();', caught: 'touches performance' },
  { title: 'a timer in world', file: WORLD, source: 'setTimeout(go, 1);', caught: 'touches setTimeout' },
  { title: 'chance in world', file: WORLD, source: 'const a = Math.random();', caught: 'touches Math.random' },
  { title: 'arithmetic in world', file: WORLD, source: 'const a = Math.max(1, 2);', caught: undefined },
  { title: 'a timer in runtime', file: RUNTIME, source: 'setTimeout(go, 1);', caught: undefined },

  // What only looks like an offence.
  { title: 'words in comments', file: CORE, source: "// console.log, import a from 'node:fs'\n/* process.exit() */", caught: undefined },
  { title: 'words in strings', file: CORE, source: `const a = "console.log(process)" + 'import "node:fs"';`, caught: undefined },
  { title: 'words in templates', file: CORE, source: 'const a = `console ${b + `process ${c}`} Date.now()`;', caught: undefined },
  { title: 'words in regular expressions', file: CORE, source: 'const a = /console["\'`/*]/.test(b) ? 1 / 2 : 3 / 4;', caught: undefined },
  {
    title: 'properties of those names',
    file: CORE,
    source: 'interface A { readonly process: B; console?: C }\nconst d = { process: e.process, performance: 1 };',
    caught: undefined,
  },
  { title: 'an offence inside a template', file: CORE, source: 'const a = `${process.pid}`;', caught: 'touches process.pid' },
  { title: 'an offence after a regular expression', file: CORE, source: 'const a = /[/"]/; console.log(a);', caught: 'touches console' },
  { title: 'an offence after a division', file: CORE, source: 'const a = b / 2; console.log(a / 2);', caught: 'touches console' },
  { title: 'an offence in a ternary', file: CORE, source: 'const a = b ? process : c;', caught: 'touches process (process)' },
  {
    title: 'an import over several lines with a comment in it',
    file: CORE,
    source: "import {\n  a, // '\n  b as c,\n} from 'node:net';",
    caught: 'imports "node:net"',
  },
];

describe('each planted offence is caught, and what only looks like one is not', () => {
  for (const { title, file, source, caught } of PLANTED) {
    test(`${title} is ${caught === undefined ? 'allowed' : 'caught'}`, () => {
      const messages = checkArchitecture(new Map([[file, source]]), RULES).map(({ message }) => message);

      if (caught === undefined) assert.deepEqual(messages, []);
      else {
        assert.equal(messages.length, 1, messages.join('\n'));
        assert.ok(messages[0]?.includes(caught), messages[0]);
      }
    });
  }
});

test('a circle between two files is caught', () => {
  const offences = check({ 'a.ts': "import { b } from './b.ts';", 'b.ts': "import type { a } from './a.ts';" });

  assert.deepEqual(offences, ['goes in a circle: packages/core/src/a.ts → packages/core/src/b.ts → packages/core/src/a.ts']);
});

test('a circle over three files in two folders is caught', () => {
  const offences = check({
    'a/x.ts': "import { y } from '../b/y.ts';",
    'b/y.ts': "import { z } from '../c.ts';",
    'c.ts': "import { x } from './a/x.ts';",
  });

  assert.equal(offences.length, 1);
  assert.match(offences[0] ?? '', /circle: packages\/core\/src\/a → .*b → .*c\.ts → .*a$/);
});

test('a circle between folders is caught though no two files import each other', () => {
  const offences = check({ 'a/x.ts': "import { y } from '../b/y.ts';", 'a/w.ts': '', 'b/y.ts': '', 'b/z.ts': "import { w } from '../a/w.ts';" });

  assert.deepEqual(offences, ['goes in a circle: packages/core/src/a → packages/core/src/b → packages/core/src/a']);
});

test('a file that imports itself is caught', () => {
  assert.equal(check({ 'a.ts': "import { a } from './a.ts';" }).length, 1);
});

test('a folder index and what it gathers make no circle', () => {
  assert.deepEqual(
    check({
      'index.ts': "export { x } from './a/index.ts';",
      'a/index.ts': "export { x } from './x.ts';",
      'a/x.ts': "import { e } from '../e.ts';",
      'e.ts': '',
    }),
    [],
  );
});

test('an offence names the line on which it stands', () => {
  const offences = checkArchitecture(new Map([[CORE, "/* one\ntwo */ const a = `\n`;\n\nconsole.log('x');"]]), RULES);

  assert.deepEqual(
    offences.map(({ line }) => line),
    [5],
  );
});

function check(core: Readonly<Record<string, string>>): readonly string[] {
  const files = new Map(Object.entries(core).map(([file, source]) => [`packages/core/src/${file}`, source]));
  return checkArchitecture(files, RULES).map(({ message }) => message);
}
