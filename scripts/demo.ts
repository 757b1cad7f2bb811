// `npm run demo`: the same app loses requests with the usual SIGTERM handler, and none under Spotproof. Both verdicts side by side.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from './support/workspace.ts';

/** What the demo asks the lab, in the words of `npx spotproof lab --help`. */
const LAB_ARGUMENTS = [
  'lab --compare --report .spotproof/demo',
  '--requests examples/mixed/requests.json --rate 120 --health-check /health,5s,2',
  '--deregister-after 4 --deregistration-delay 20 --stop-timeout 30 --control 3 --interrupt 1@1s',
  '-- node examples/mixed/server.mjs',
].flatMap((words) => words.split(' '));

parseArgs({ options: {}, strict: true });
const { status, signal } = spawnSync(process.execPath, ['packages/spotproof/bin/spotproof.js', ...LAB_ARGUMENTS], { cwd: ROOT, stdio: 'inherit' });
process.exitCode = signal === 'SIGINT' ? 130 : (status ?? 3);
