import { Command, CommanderError } from 'commander';
import { isSpotproofError } from '@spotproof/core';
import { VERSION } from '../version.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type CloudFlags, declareCloud } from './cloud/flags.ts';
import { type ControllerFlags, declareController } from './controller/flags.ts';
import { declareDrill, type DrillFlags } from './drill/flags.ts';
import { declareLab, type LabFlags } from './lab/flags.ts';
import { declareState, type StateFlags } from './state/flags.ts';
import { standardError } from './streams.ts';

/** Runs the command line and resolves to the exit code. A user's mistake ends in a sentence, never in a stack trace. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODES.clean.code;
  const { program, lab, controller, cloud, drill, state } = declareProgram();
  lab.action(async (command: string[], flags: LabFlags) => {
    // Loaded only here: `spotproof --version` needs no lab.
    const { runLabCommand } = await import('./lab/command.ts');
    exitCode = await runLabCommand(command, flags, lab);
  });
  controller.action(async (flags: ControllerFlags) => {
    const { runControllerCommand } = await import('./controller/command.ts');
    exitCode = await runControllerCommand(flags);
  });
  cloud.action(async (flags: CloudFlags) => {
    const { runCloudCommand } = await import('./cloud/command.ts');
    exitCode = await runCloudCommand(flags);
  });
  drill.action(async (flags: DrillFlags) => {
    const { runDrillCommand } = await import('./drill/command.ts');
    exitCode = await runDrillCommand(flags);
  });
  for (const command of state.commands) {
    command.action(async () => {
      const { runStateCommand } = await import('./state/command.ts');
      exitCode = await runStateCommand({ name: command.name(), key: command.args[0], flags: command.opts<StateFlags>() });
    });
  }
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

/** Every command with its options, without what they do: help and reference pages are made from this. */
export function declareProgram(): {
  readonly program: Command;
  readonly lab: Command;
  readonly controller: Command;
  readonly cloud: Command;
  readonly drill: Command;
  /** The parent of the commands that do something. */
  readonly state: Command;
} {
  const program = new Command('spotproof')
    .description('Keeps a service on AWS Fargate Spot from losing a request or a piece of work, and proves it on a laptop.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for the options)')
    .helpCommand(false);
  return {
    program,
    lab: declareLab(program),
    controller: declareController(program),
    cloud: declareCloud(program),
    drill: declareDrill(program),
    state: declareState(program),
  };
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.clean.code : EXIT_CODES.usage.code;
  if (isSpotproofError(error)) {
    standardError.write(`spotproof: ${error.message}\n`);
    return error.code === 'SPOTPROOF_CONFIG_INVALID' ? EXIT_CODES.usage.code : EXIT_CODES.fault.code;
  }
  standardError.write(
    `spotproof failed, which is a fault of its own and says nothing about your app:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_CODES.fault.code;
}
