import type { Command } from 'commander';

/** The options of `spotproof cloud` as commander hands them over. */
export interface CloudFlags {
  readonly port: string;
  readonly region: string;
  readonly delivery: string;
  readonly profile: string;
  readonly nodeLag: string;
  readonly nlbLag: string;
  readonly replacement: string;
  readonly throttle?: true;
  readonly seed: string;
  readonly directory: string;
}

/** Declares `spotproof cloud`. The help comes from here. */
export function declareCloud(program: Command): Command {
  return program
    .command('cloud')
    .summary('a local AWS whose Fargate Spot tasks are processes of this machine')
    .description(
      'Serves ECS, Elastic Load Balancing, EventBridge, Application Auto Scaling, SQS and DynamoDB on one port of 127.0.0.1 for unmodified AWS clients. ' +
        'Containers are commands of this machine, load balancers really listen, and tasks are taken back as Fargate Spot does it.',
    )
    .option('--port <n>', 'where it listens (0: any free port)', '4570')
    .option('--region <name>', 'the AWS region that it plays', 'us-east-1')
    .option('--delivery <profile>', 'how events reach their rules: prompt, typical, event-late, lossy or silent', 'prompt')
    .option('--profile <name>', 'order of deregistration and SIGTERM on an interruption: current, late, event-late or worst', 'late')
    .option('--node-lag <s>', 'a balancer learns of a deregistration up to this much later', '5')
    .option('--nlb-lag <s>', 'a network load balancer sends new connections to a deregistered task for up to this long', '120')
    .option('--replacement <when>', 'replace interrupted tasks at-notice or after-stopped', 'at-notice')
    .option('--throttle', 'refuse calls that come more often than AWS allows an account')
    .option('--seed <n>', 'decides what is left to chance', '1')
    .option('--directory <dir>', 'where the output of the tasks goes', '.spotproof/cloud');
}
