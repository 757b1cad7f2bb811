import type { Command } from 'commander';

/** The options of `spotproof state` as commander hands them over; each of its commands has some of them. */
export interface StateFlags {
  readonly store?: string;
  readonly kind?: string;
  readonly state?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly preview?: string;
  readonly all?: true;
  readonly expired?: true;
  readonly force?: string;
  readonly strict?: true;
  readonly cloudformation?: true;
  readonly json?: true;
}

/** Declares `spotproof state`. The help and the reference page come from here. */
export function declareState(program: Command): Command {
  const state = program
    .command('state')
    .helpCommand(false)
    .summary('look at a store of claims: list, show, retry and purge records, check the server, make its table')
    .description(
      'Looks at the store in which @spotproof/state keeps idempotency keys, jobs and leases, and changes it where it is told to. ' +
        "It uses the client of the store that your app uses, from the folder in which it runs. Every change is a single operation of the protocol, as a worker's is: it cannot hurt one that is at work, but for `purge --force`.",
    );
  withStore(state.command('list').summary('the records of a kind or a state').description('Lists records, without what may be large in them.'))
    .option('--kind <kind>', 'only this kind: `job:<name>`, `once:<name>`, `http:<name>` or `lease`')
    .option('--state <state>', 'only pending, held, done or failed; or `due`: what could be claimed now, the longest due first')
    .option('--limit <n>', 'how many at most', '50')
    .option('--cursor <text>', 'go on after the page before, with what it ended with')
    .option('--json', 'print JSON');
  withStore(
    state
      .command('show')
      .argument('<key>', 'the key of the record, as `list` prints it; after `--` if it begins with a hyphen')
      .summary('everything about one record')
      .description(
        'Shows one record: who holds it and for how long, its counters, and what it holds, as far as it is of a form that Spotproof writes.',
      ),
  )
    .option('--preview <n>', 'how many characters of input, state and result to show; 0 for none', '200')
    .option('--json', 'print JSON');
  withStore(
    state
      .command('retry')
      .argument('[key]', 'the key of the record; after `--` if it begins with a hyphen')
      .summary('a second chance for what has failed for good')
      .description('Makes failed work pending again: from its last checkpoint on, and counted from zero. Needs a key, or `--all` with `--kind`.'),
  )
    .option('--all', 'all that has failed of the kind')
    .option('--kind <kind>', 'with `--all`: which kind')
    .option('--json', 'print JSON');
  withStore(
    state
      .command('purge')
      .argument('[key]', 'the key of one record; after `--` if it begins with a hyphen')
      .summary('remove records')
      .description('Removes all records whose time is over, with `--expired`; or one record: if its time is over, and now with `--force`.'),
  )
    .option('--expired', 'all whose time is over')
    .option('--kind <kind>', 'with `--expired`: only of this kind')
    .option(
      '--force <epoch>',
      'remove the record now, held or not, if it has still this epoch, which `show` prints; its work may then be done a second time',
    )
    .option('--json', 'print JSON');
  withStore(
    state
      .command('check')
      .summary('can the server keep what is promised?')
      .description(
        'Asks the server whether it is fit: new enough, no replica, evicts nothing, has the table or needs none; and lets claims of one key race, of which one must win. Says what an answered write survives.',
      ),
  )
    .option('--strict', 'exit with 1 for a warning, too')
    .option('--json', 'print JSON');
  withStore(
    state
      .command('schema')
      .summary('what makes the table')
      .description('Prints the statements that make the table, or for DynamoDB the input of CreateTable. Connects to nothing.'),
  ).option('--cloudformation', 'for DynamoDB: a CloudFormation template');
  withStore(
    state
      .command('migrate')
      .summary('make the table, or bring it to its present layout')
      .description('Makes what the store needs. Harmless when it is there.'),
  );
  return state;
}

function withStore(command: Command): Command {
  return command.option(
    '--store <address>',
    'sqlite:./state.db, postgres://…, mysql://…, redis://… or dynamodb:<table>?region=…; SPOTPROOF_STATE_STORE unless given',
  );
}
