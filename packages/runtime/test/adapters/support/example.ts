import path from 'node:path';
import { Program, type ProgramOptions } from '../../support/program.ts';

const EXAMPLES = path.join(import.meta.dirname, '..', '..', '..', '..', '..', 'examples');

/** The server of `examples/<name>`, or the program `examples/<name>` where the name ends in .mjs, with a budget of four seconds unless `env` says otherwise. */
export async function startExample(name: string, options: ProgramOptions = {}): Promise<Program> {
  return await Program.start(path.join(EXAMPLES, name.endsWith('.mjs') ? name : `${name}/server.mjs`), {
    ...options,
    env: { PORT: '0', ...options.env },
  });
}
