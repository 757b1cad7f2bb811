import { decisionLine, parseUnits, type Unit } from '@spotproof/controller';
import { SpotproofError } from '@spotproof/core';
import { EXIT_CODES } from '../../exit-codes.ts';
import { readUserFile } from '../../lab/run-files.ts';
import { onInterrupt } from '../interrupt.ts';
import { standardError, standardOutput } from '../streams.ts';
import type { ControllerFlags } from './flags.ts';
import { work } from './work.ts';

/** `spotproof controller`: works until it is told to stop, then finishes what it has received. Resolves to the exit code. */
export async function runControllerCommand(flags: ControllerFlags): Promise<number> {
  const units = readUnits(await readUserFile('--units', flags.units), flags).map((unit) =>
    flags.dryRun === true ? { ...unit, dryRun: true } : unit,
  );
  const interrupt = onInterrupt();
  standardError.write(`Keeping ${units.map(({ cluster, primary }) => `${cluster}/${primary}`).join(', ')} at strength. Ctrl-C ends it.\n`);
  try {
    await work({
      where: { region: flags.region, endpoint: flags.endpoint },
      units,
      queueUrl: flags.queueUrl,
      memoryTable: flags.memoryTable,
      record: (decision) => standardOutput.write(`${decisionLine(decision)}\n`),
      signal: interrupt.signal,
    });
  } finally {
    interrupt.release();
  }
  return EXIT_CODES.clean.code;
}

function readUnits(text: string, { units }: ControllerFlags): readonly Unit[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `--units must be a file with JSON, and ${units} is none: ${String(error)}. Correct the file.`,
    );
  }
  return parseUnits(value);
}
