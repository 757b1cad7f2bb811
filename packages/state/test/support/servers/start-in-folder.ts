import type { ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../../../../test/support/free-port.ts';

export interface StartedInFolder {
  readonly folder: string;
  readonly port: number;
  readonly child: ChildProcess;
}

/** Starts a database server in a new folder of the temporary ones and on a free port. Nothing is left of it when that fails. */
export async function startInFolder(
  prefix: string,
  steps: { readonly initialise: (folder: string) => void; readonly launch: (folder: string, port: number) => Promise<ChildProcess> },
): Promise<StartedInFolder> {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  try {
    if (OWNER !== undefined) chownSync(folder, OWNER.uid, OWNER.gid);
    steps.initialise(folder);
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      try {
        return { folder, port, child: await steps.launch(folder, port) };
      } catch (error) {
        // Somebody else took the port in between.
        if (attempt === PORTS_TRIED) throw error;
      }
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Database servers refuse to run as root; `nobody` exists wherever root does. */
export const OWNER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

const PORTS_TRIED = 5;
