import type { Command } from 'commander';

/** The options of `spotproof controller` as commander hands them over. */
export interface ControllerFlags {
  readonly units: string;
  readonly queueUrl: string;
  readonly memoryTable?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly dryRun?: true;
}

/** Declares `spotproof controller`. The help and the reference page come from here. */
export function declareController(program: Command): Command {
  return program
    .command('controller')
    .summary('keep services at strength: On-Demand stands in for what Spot does not give')
    .description(
      'Runs the capacity controller as a process on a queue of ECS events: deregisters interrupted tasks, and lets an On-Demand twin of each service stand in for what Spot does not give. The same controller as the Lambda function.',
    )
    .requiredOption('--units <file>', 'JSON: a list of { cluster, primary, twin, maxFallback, … }')
    .requiredOption('--queue-url <url>', 'the SQS queue that the rule for ECS events sends to')
    .option('--memory-table <name>', 'a DynamoDB table with the partition key `pk`; without it, the memory is in a tag of the twin')
    .option('--region <name>', 'the AWS region; as the AWS SDK finds it unless given')
    .option('--endpoint <url>', 'where AWS is to be found, such as the address of `spotproof cloud`; AWS itself unless given')
    .option('--dry-run', 'decide and say so, and change nothing');
}
