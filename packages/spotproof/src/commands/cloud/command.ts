import path from 'node:path';
import { createCloud } from '../../cloud/create-cloud.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { onInterrupt } from '../interrupt.ts';
import { parseChoice, parseDuration, parseWhole } from '../lab/values.ts';
import { standardError, standardOutput } from '../streams.ts';
import type { CloudFlags } from './flags.ts';

/** `spotproof cloud`: serves until it is told to stop, then clears everything away. Resolves to the exit code. */
export async function runCloudCommand(flags: CloudFlags): Promise<number> {
  const directory = path.resolve(flags.directory);
  const interrupt = onInterrupt();
  try {
    const cloud = await createCloud({
      directory,
      port: parseWhole('--port', flags.port, { min: 0, max: 65_535 }),
      region: flags.region,
      delivery: parseChoice('--delivery', flags.delivery, ['prompt', 'typical', 'event-late', 'lossy', 'silent']),
      deregistration: { kind: 'profile', profile: parseChoice('--profile', flags.profile, ['current', 'late', 'event-late', 'worst']) },
      maxNodeLagMs: parseDuration('--node-lag', flags.nodeLag, { min: 0, max: 60_000 }),
      maxNewConnectionsMs: parseDuration('--nlb-lag', flags.nlbLag, { min: 0, max: 600_000 }),
      replacement: parseChoice('--replacement', flags.replacement, ['at-notice', 'after-stopped']),
      throttle: flags.throttle === true,
      seed: parseWhole('--seed', flags.seed, { min: 0, max: 1_000_000_000 }),
      cwd: process.cwd(),
      onTrouble: (message) => standardError.write(`${message}\n`),
    });
    try {
      for (const [name, value] of Object.entries(cloud.environment)) standardOutput.write(`export ${name}=${value}\n`);
      if (cloud.isolation.kind === 'keeper')
        standardError.write(
          `Tasks are not the first processes of namespaces of their own: ${cloud.isolation.why}. A container may behave otherwise.\n`,
        );
      standardError.write(`Serving at ${cloud.url}; what tasks print goes to ${path.join(directory, 'tasks')}. Set the lines above in another shell. Take a task back with
  curl -H "x-spotproof-token: $SPOTPROOF_CLOUD_TOKEN" -d '{"cluster":"default","count":1}' $AWS_ENDPOINT_URL/spotproof/interrupt
Ctrl-C ends it, and everything that it runs.\n`);
      await aborted(interrupt.signal);
    } finally {
      await cloud.close();
    }
  } finally {
    interrupt.release();
  }
  return EXIT_CODES.clean.code;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
