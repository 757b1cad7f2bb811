import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { SpotproofError } from '@spotproof/core';

export interface ExecOptions {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly front: FrontPorts | undefined;
  readonly health: HealthPort | undefined;
  /** Undefined: what the budget allows, 12 s where there is enough of it. */
  readonly lingerSeconds: number | undefined;
  readonly stopTimeoutSeconds: number | undefined;
  /** What the program is told at the end of the wait; undefined: the signal that came. It also begins a stop, as SIGTERM does. */
  readonly stopSignal: NodeJS.Signals | undefined;
  /** Where the front and the health endpoint listen; undefined: on every address. */
  readonly host: string | undefined;
}

export interface FrontPorts {
  /** `env`: the port that the environment variable `PORT` names. */
  readonly listen: number | 'env';
  /** `auto`: a free one, of which `PORT` tells the program. */
  readonly program: number | 'auto';
}

export interface HealthPort {
  readonly port: number;
  /** Where the program itself is asked while it serves; undefined: it counts as ready while it runs. */
  readonly program: { readonly port: number; readonly path: string } | undefined;
}

/** What was asked for on the command line; undefined stands for `--help`. */
export function parseExecArguments(argv: readonly string[]): ExecOptions | undefined {
  const separator = argv.indexOf('--');
  const own = separator === -1 ? argv : argv.slice(0, separator);
  const [first = '-'] = own;
  if (separator === -1 && !first.startsWith('-'))
    throw usage(`"${first}" is not an option. Write \`--\` before the program: \`spotproof-exec -- ${first} …\`.`);
  const values = parseOwn(own);
  if (values.help === true) return undefined;
  const [program, ...args] = separator === -1 ? [] : argv.slice(separator + 1);
  if (program === undefined || program === '')
    throw usage('No program was given. Write it after `--`, as in `spotproof-exec -- ./app --its-option`.');
  const front = values.front === undefined ? undefined : frontPorts(values.front);
  if (front !== undefined && values.linger !== undefined)
    throw usage('--linger does not go together with --front, which sees the traffic and waits for its end. Leave one of the two out.');
  return {
    command: [program, ...args],
    front,
    health: values['health-port'] === undefined ? undefined : healthPort(values['health-port']),
    lingerSeconds: values.linger === undefined ? undefined : seconds('--linger', values.linger, 0),
    stopTimeoutSeconds: values['stop-timeout'] === undefined ? undefined : seconds('--stop-timeout', values['stop-timeout'], 1),
    stopSignal: values['stop-signal'] === undefined ? undefined : stopSignal(values['stop-signal']),
    host: values.host,
  };
}

function parseOwn(own: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({ args: [...own], options: OPTIONS, strict: true, allowPositionals: true, tokens: true });
    const given = new Set<string>();
    for (const token of tokens) {
      if (token.kind === 'positional') throw usage(`"${token.value}" is not an option. The program comes after \`--\`.`);
      if (token.kind !== 'option') continue;
      if (given.has(token.name)) throw usage(`--${token.name} was given twice. Leave one of the two out.`);
      given.add(token.name);
    }
    return values;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string' || !error.code.startsWith('ERR_PARSE_ARGS')) throw error;
    // Node's sentence goes on about positional arguments, which there are none of here.
    throw usage(`${error.message.split('. ')[0]}. \`spotproof-exec --help\` lists the options.`);
  }
}

function frontPorts(text: string): FrontPorts {
  const match = /^(?<listen>\d*):(?<program>\d+|auto)$/.exec(text)?.groups;
  const listen = match?.['listen'] === '' ? 'env' : portNumber(match?.['listen']);
  const program = match?.['program'] === 'auto' ? 'auto' : portNumber(match?.['program']);
  if (listen === undefined || program === undefined) {
    throw usage(
      `--front must be <listen port>:<program port>, such as 8080:3000, 8080:auto or :auto (listen where PORT says, find the program a free port), got "${text}".`,
    );
  }
  if (listen === program) throw usage(`--front ${text} gives the front and the program the same port. The program must listen on another one.`);
  return { listen, program };
}

function healthPort(text: string): HealthPort {
  const match = /^(?<port>\d+)(?::(?<program>\d+)(?<path>\/[^\s?#]*)?)?$/.exec(text)?.groups;
  const port = portNumber(match?.['port']);
  const programPort = portNumber(match?.['program']);
  if (port === undefined || (match?.['program'] !== undefined && programPort === undefined)) {
    throw usage(
      `--health-port must be a port, or <port>:<program port>/<path> to ask the program itself while it serves, such as 9000:3000/health, got "${text}".`,
    );
  }
  return { port, program: programPort === undefined ? undefined : { port: programPort, path: match?.['path'] ?? '/' } };
}

function portNumber(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined;
}

function seconds(option: string, text: string, min: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= LONGEST_SECONDS) return value;
  throw usage(`${option} must be a number of seconds from ${min} to ${LONGEST_SECONDS}, got "${text}".`);
}

function stopSignal(text: string): NodeJS.Signals {
  const name = text.toUpperCase().startsWith('SIG') ? text.toUpperCase() : `SIG${text.toUpperCase()}`;
  if (isSignal(name) && name !== 'SIGKILL' && name !== 'SIGSTOP') return name;
  throw usage(`--stop-signal must be the name of a signal that can be caught, such as SIGTERM, SIGQUIT or SIGINT, got "${text}".`);
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

function usage(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', sentence);
}

const OPTIONS = {
  front: { type: 'string' },
  'health-port': { type: 'string' },
  linger: { type: 'string' },
  'stop-timeout': { type: 'string' },
  'stop-signal': { type: 'string' },
  host: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const LONGEST_SECONDS = 3600;

export const USAGE = `Usage: spotproof-exec [options] -- program [arguments]

Runs any program as the first process of a container and gives it the time between
"stop" and "stopped" that ECS lacks: on SIGTERM it lets the program go on serving
until the balancer has let go, and only then tells it to stop.

  --front <listen>:<program>   a reverse proxy in front of the program, which drains
                               for it: 8080:3000; 8080:auto finds the program a free
                               port; :auto also listens where PORT says. PORT tells
                               the program its port.
  --linger <seconds>           without --front: how long the program goes on serving
                               after SIGTERM. 12 unless set, as far as the stop
                               timeout allows; 0 passes SIGTERM on at once.
  --health-port <port>         answers 200 on /readyz and /livez; /readyz turns to 503
                               at SIGTERM. <port>:<program port>/<path> asks the
                               program itself while it serves.
  --stop-timeout <seconds>     the container's stopTimeout. SPOTPROOF_STOP_TIMEOUT,
                               then 30 unless set.
  --stop-signal <name>         what the program is told; the signal that came unless
                               set. SIGQUIT for nginx and php-fpm.
  --host <address>             where --front and --health-port listen; everywhere
                               unless set.
  -h, --help                   this page

SPOTPROOF_REPORT=stderr or a path asks for one JSON line on how the stop went.
Exit code: the program's own, 128 + n when signal n ended it; 1 when it ended well and
requests were lost; 2 for a mistake on the command line; 126 and 127 when the program
cannot be run or found.
`;
