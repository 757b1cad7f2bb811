import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findObstacle, launcherOf, obstacleSentence } from '../../src/platform/signal-obstacle.ts';

/** Command lines from PID 1 downward, the last one being our parent's. */
const above = (...fromTop: readonly (readonly string[])[]) => findObstacle(fromTop.map((argv, index) => ({ pid: index + 1, argv })).toReversed());

void describe('what keeps SIGTERM from the app', () => {
  for (const [title, argv, name] of [
    ['a shell with a command', ['/bin/sh', '-c', 'node app.js; true'], 'sh -c …'],
    ['a shell with options in one word', ['bash', '-ec', 'node app.js'], 'bash -c …'],
    ['a script', ['/bin/sh', '/docker-entrypoint.sh', 'node'], 'sh docker-entrypoint.sh'],
    ['the shell of busybox', ['/bin/busybox', 'sh', '-c', 'node app.js'], 'sh -c …'],
    ['npm under its title', ['npm start', '', ''], 'npm start'],
    ['npm before it has one', ['node', '/usr/local/bin/npm', 'run', 'start:prod'], 'npm run start:prod'],
    ['yarn', ['/usr/bin/node', '/app/.yarn/releases/yarn-4.9.1.cjs', 'start'], 'yarn start'],
    ['pnpm', ['node', '--no-warnings', '/usr/bin/pnpm.cjs', 'start'], 'pnpm start'],
    ['node --run', ['node', '--run', 'start'], 'node --run start'],
  ] as const) {
    test(`${title} as PID 1 is found by name`, () => {
      assert.equal(above(argv)?.name, name);
    });
  }

  test('the first launcher from the top is named, also behind an init process', () => {
    assert.equal(above(['/sbin/docker-init', '--', 'npm', 'start'], ['npm start'], ['sh', '-c', 'node app.js'])?.name, 'npm start');
    assert.equal(above(['/sbin/docker-init', '--', 'npm', 'start'], ['npm start'])?.pid, 2);
  });

  test('what an app, a supervisor or a laptop has started is not accused', () => {
    assert.equal(above(['node', 'server.js'], ['sh', '-c', 'node worker.js']), undefined);
    assert.equal(above(['/usr/bin/python3', '/usr/bin/supervisord'], ['bash', '-c', 'node app.js']), undefined);
    assert.equal(above(['/sbin/init'], ['-bash'], ['npm start'], ['sh', '-c', 'node app.js']), undefined);
    assert.equal(above(['/usr/lib/systemd/systemd', '--user'], ['zsh'], ['npm start']), undefined);
  });

  test('a person at a shell in a container, and a session opened from outside, are not accused', () => {
    assert.equal(above(['bash']), undefined);
    assert.equal(above(['/bin/sh', '-i']), undefined);
    assert.equal(findObstacle([{ pid: 77, argv: ['sh', '-c', 'node app.js'] }]), undefined);
    assert.equal(findObstacle([]), undefined);
  });

  test('under spotproof-exec nothing stands in the way', () => {
    assert.equal(above(['spotproof-exec', '--', 'npm', 'start'], ['npm start'], ['sh', '-c', 'node app.js']), undefined);
    assert.equal(
      above(['sh', '-c', 'wait', 'spotproof-exec', 'node', '/app/bin/spotproof-exec.js'], ['node', '/app/bin/spotproof-exec.js'], ['npm start']),
      undefined,
    );
  });

  test('another Node program below the launcher is noted, a package manager is none', () => {
    assert.equal(above(['sh', '-c', 'x'], ['node', 'pm2-runtime.js'])?.isAboveAnotherNode, true);
    assert.equal(above(['sh', '-c', 'x'], ['node', '/usr/bin/npm', 'start'], ['sh', '-c', 'y'])?.isAboveAnotherNode, false);
  });

  test('a pnpm right below another is one that the upper waits for without hearing signals; one below its shell is not', () => {
    const pnpm = ['node', '/usr/bin/pnpm', 'start'];

    assert.equal(above(pnpm, ['node', '/root/.local/share/pnpm/bin/pnpm', 'start'], ['sh', '-c', 'x'])?.isBlocked, true);
    assert.equal(above(pnpm, ['sh', '-c', 'pnpm serve'], pnpm)?.isBlocked, false);
    assert.equal(above(['node', '/usr/bin/yarn', 'start'], ['node', '.yarn/releases/yarn-4.9.1.cjs', 'start'])?.isBlocked, false);
  });

  test('the sentence has the fix and no argument that could be a secret', () => {
    const obstacle = above(['sh', '-c', 'TOKEN=hunter2 node app.js; true']);
    assert.ok(obstacle !== undefined);

    const sentence = obstacleSentence(obstacle);

    assert.match(sentence, /PID 1 is `sh -c …`, .* CMD \["node", "server.js"\]/);
    assert.doesNotMatch(sentence, /hunter2/);
    assert.equal(launcherOf(['node', '/usr/bin/npm', '--token=hunter2', 'run', 'start'])?.name, 'npm run start');
  });
});
