import { type Command, Option } from 'commander';

/** The options of `spotproof lab` as commander hands them over: texts and switches, not yet looked at. */
export interface LabFlags {
  readonly tasks: string;
  readonly interrupt?: string;
  readonly fault: readonly string[];
  readonly profile?: string;
  readonly deregisterAfter?: string;
  readonly nodeLag?: string;
  readonly deregistrationDelay: string;
  readonly healthCheck?: string;
  readonly stopTimeout?: string;
  readonly nodes?: string;
  readonly listener?: string;
  readonly protocolVersion: string;
  readonly algorithm: string;
  readonly rate: string;
  readonly control: string;
  readonly duration?: string;
  readonly requests?: string;
  readonly env: readonly string[];
  readonly portEnv: string;
  readonly startTimeout: string;
  readonly replacement: string;
  readonly adversary?: string;
  readonly aws?: true;
  readonly awsPort?: string;
  readonly delivery?: string;
  readonly controller?: true;
  readonly protect?: true;
  readonly compare?: true;
  readonly work?: true;
  readonly workWait?: string;
  readonly seed: string;
  readonly strict?: true;
  readonly json?: true;
  readonly report: string;
  /** `true`: at any port. */
  readonly ui?: string | true;
}

/** Declares `spotproof lab`. The help and the reference page come from here. */
export function declareLab(program: Command): Command {
  return program
    .command('lab')
    .showHelpAfterError('(such as: npx spotproof lab -- node server.js; add --help for the options)')
    .summary('run an app as Spot tasks behind a balancer, take some back, account for every request')
    .description(
      'Runs the command as local tasks behind a load balancer with the semantics of ALB, takes tasks back as Fargate Spot does, and accounts for every single request.',
    )
    .argument('<command...>', 'the app, after `--`; each task gets its own PORT')
    .option('--tasks <n>', 'how many tasks the service keeps running (1 to 50)', '3')
    .option(
      '--interrupt <schedule>',
      'which tasks are taken back and when after the control phase, such as 1@3s,all@20s; 1@3s unless given, none when only faults are',
    )
    .addOption(
      repeatable(
        '--fault <kind[@time][,length][,task]>',
        'makes one task sick, health checks included: hang, 5xx, slow (slow=5s: each answer that much later, 2s unless given) or stall (its processes stand still); such as hang@10s or stall@3s,20s,task-2; @3s, for good and the first task without another fault unless given; may be repeated',
      ),
    )
    .option(
      '--profile <name>',
      'order of deregistration and SIGTERM: current (before it), late (up to 10 s after it, 60 s with a 120 s stop timeout), event-late (late, and the event after SIGTERM too; needs --aws) or worst (only when stopped); late unless given',
    )
    .option('--deregister-after <s>', 'deregister exactly this long after SIGTERM, or `never`, instead of a profile')
    .option('--node-lag <s>', 'each balancer node learns of a deregistration up to this much later; 5 with a profile, 0 with --deregister-after')
    .option('--deregistration-delay <s>', 'deregistration delay of the target group', '300')
    .option('--health-check <path,interval,threshold>', 'health check of the target group; /,10s,2 with any status below 500 unless given')
    .option('--stop-timeout <s>', 'seconds from SIGTERM to SIGKILL (2 to 120); 30 unless given, 120 with --profile worst')
    .option('--nodes <n>', 'balancer nodes (1 to 6); 2 unless given, 1 with --aws')
    .option(
      '--listener <protocol>',
      'what clients speak: http, https (HTTP/2 by ALPN) or h2c (this lab only); http, or https with another protocol version',
    )
    .option('--protocol-version <name>', 'protocol version of the target group: http1, http2 (without TLS) or grpc', 'http1')
    .option('--algorithm <name>', 'round_robin or least_outstanding_requests', 'round_robin')
    .option('--rate <n>', 'mean requests per second, Poisson (0.1 to 20000)', '100')
    .option('--control <s>', 'length of the control phase, before any interruption', '5')
    .option('--duration <s>', 'length of the interruption phase; until two seconds after the last interrupted task is gone unless given')
    .option('--requests <file>', 'what to send, as JSON; GET / unless given')
    .addOption(repeatable('--env <KEY=VALUE>', 'environment of the tasks, may be repeated'))
    .option('--port-env <NAME>', 'the variable that tells a task its port; `{port}` in the command works too', 'PORT')
    .option('--start-timeout <s>', 'how long a task may take until it listens', '60')
    .option('--replacement <when>', 'replace interrupted tasks at-notice, after-stopped or never', 'at-notice')
    .option('--adversary <name>', 'keep-alive: aim at the moment in which a target closes an idle connection')
    .option(
      '--aws',
      'the service lives on a local AWS, as of `spotproof cloud`: while the run goes on, AWS clients see and change it at the endpoint that is printed',
    )
    .option('--aws-port <n>', 'port of 127.0.0.1 for that endpoint; any free one unless given (needs --aws)')
    .option(
      '--delivery <profile>',
      'how events reach their rules: prompt, typical, event-late, lossy or silent; prompt unless given, event-late with --profile event-late (needs --aws)',
    )
    .option('--controller', 'the capacity controller keeps the service at strength, with an On-Demand twin in the same target group (needs --aws)')
    .option('--protect', 'preload @spotproof/runtime into the tasks and tell them their stop timeout')
    .option('--compare', 'run twice, without and with --protect, and show both')
    .option(
      '--work',
      'give the tasks a sink (SPOTPROOF_SINK) to tell what work they accepted and did, and account for each piece: lost, done once, or done again',
    )
    .option('--work-wait <s>', 'how long the run waits for open work after the last answer; 30 unless given (needs --work)')
    .option('--seed <n>', 'draws the same load, victims and delays again', '1')
    .option('--strict', 'losses of the control phase and killed tasks count too')
    .option('--json', 'print one JSON document instead of text')
    .option('--report <dir>', 'where the HTML page, report.json and the records go', 'spotproof-report')
    .option('--ui [port]', 'serve a page that shows the run as it happens, on 127.0.0.1 only; any free port unless given');
}

function repeatable(flags: string, description: string): Option {
  // The help would show the empty list as a default of "[]".
  return new Option(flags, description).argParser(collect).default([], 'none');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
