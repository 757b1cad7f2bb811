import type { Command } from 'commander';

/** The options of `spotproof drill` as commander hands them over. */
export interface DrillFlags {
  readonly cluster: string;
  readonly service: string;
  readonly count: string;
  readonly waves: string;
  readonly interval: string;
  readonly timeout: string;
  readonly queueUrl?: string;
  readonly decisions?: string;
  readonly url?: string;
  readonly rate: string;
  readonly control: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly aws?: true;
  readonly allowProduction?: true;
  readonly allowOutage?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Declares `spotproof drill`. The help and the reference page come from here. */
export function declareDrill(program: Command): Command {
  return program
    .command('drill')
    .summary('a game day: stop tasks of a service as if Spot took them, and watch what becomes of it')
    .description(
      'Stops tasks of an ECS service with the reason of a Spot interruption, so that the real rules fire, watches its tasks, targets and events until it is back at strength, and reports. ' +
        'Stops nothing outside this machine, in production, or down to the last task, unless it is told that it may.',
    )
    .requiredOption('--cluster <name>', 'the cluster')
    .requiredOption('--service <name>', 'the service')
    .option('--count <n>', 'tasks to stop in each wave, or `all`; Spot ones where there are any, the longest running first', '1')
    .option('--waves <n>', 'how many waves', '1')
    .option('--interval <time>', 'from the start of one wave to the start of the next', '60s')
    .option('--timeout <time>', 'how long after the last wave the service may take to be back at strength', '15m')
    .option('--queue-url <url>', 'an SQS queue of its own that the rule for ECS events also sends to; the drill removes what it reads')
    .option('--decisions <file>', 'the decisions log of the controller, read at the end: says who was first to deregister')
    .option('--url <url>', 'drive load to this http address of the service and count what is lost')
    .option('--rate <n>', 'requests a second with --url', '10')
    .option('--control <time>', 'how long to watch before the first stop, with --url or --queue-url', '5s')
    .option('--region <name>', 'the AWS region; as the AWS SDK finds it unless given')
    .option('--endpoint <url>', 'where AWS is to be found, such as the address of `spotproof cloud`; AWS itself unless given')
    .option('--aws', 'allow what is not on this machine')
    .option('--allow-production', 'allow a cluster or service whose name or tags say production')
    .option('--allow-outage', 'allow to stop the last running task, and to begin while the service is not at strength')
    .option('--dry-run', 'look, print the plan, and stop nothing')
    .option('--json', 'print the report as JSON');
}
