import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { parseExecArguments } from '../../src/exec/options.ts';

test('everything behind the first "--" is the program, its own options and a second "--" included', () => {
  const options = parseExecArguments(['--linger', '4', '--', './app', '--linger', '--', '-h']);

  assert.deepEqual(options?.command, ['./app', '--linger', '--', '-h']);
  assert.equal(options?.lingerSeconds, 4);
});

test('each option is read into what it means', () => {
  const options = parseExecArguments(
    '--front :auto --health-port 9000:3000/health --stop-timeout 120 --stop-signal quit --host 127.0.0.1 -- app'.split(' '),
  );

  assert.deepEqual(options, {
    command: ['app'],
    front: { listen: 'env', program: 'auto' },
    health: { port: 9000, program: { port: 3000, path: '/health' } },
    lingerSeconds: undefined,
    stopTimeoutSeconds: 120,
    stopSignal: 'SIGQUIT',
    host: '127.0.0.1',
  });
  assert.deepEqual(parseExecArguments(['--front=8080:3000', '--', 'app'])?.front, { listen: 8080, program: 3000 });
  assert.deepEqual(parseExecArguments(['--health-port', '9000', '--', 'app'])?.health, { port: 9000, program: undefined });
  assert.equal(parseExecArguments(['--help']), undefined);
});

for (const [line, expected] of [
  ['', /No program was given/],
  ['--', /No program was given/],
  ['app --port 1', /"app" is not an option.*`--` before the program/],
  ['x -- app', /"x" is not an option. The program comes after `--`/],
  ['--lingre 4 -- app', /Unknown option '--lingre'/],
  ['--linger -- app', /--linger/],
  ['--linger -1 -- app', /--linger/],
  ['--linger 1e3 -- app', /--linger must be a number of seconds from 0 to 3600, got "1e3"/],
  ['--linger 1 --linger 2 -- app', /--linger was given twice/],
  ['--linger 1 --front 1:2 -- app', /--linger does not go together with --front/],
  ['--help=yes -- app', /--help/],
  ['--stop-timeout 0 -- app', /--stop-timeout must be a number of seconds from 1 to 3600, got "0"/],
  ['--stop-signal KILL -- app', /--stop-signal must be the name of a signal that can be caught/],
  ['--stop-signal TURM -- app', /got "TURM"/],
  ['--front 8080 -- app', /--front must be <listen port>:<program port>/],
  ['--front 0:80 -- app', /--front must be/],
  ['--front 80:65536 -- app', /--front must be/],
  ['--front auto:80 -- app', /--front must be/],
  ['--front 80:80 -- app', /same port/],
  ['--health-port 9000/x -- app', /--health-port must be a port/],
] as const) {
  test(`"${line}" is refused with a sentence that says what to do`, () => {
    assert.throws(
      () => parseExecArguments(line.split(' ').filter((word) => word !== '')),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && expected.test(error.message),
    );
  });
}
