import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Path of a Chromium for the tests that look at pages. Takes `SPOTPROOF_CHROMIUM`, else one from PATH, else installs Debian's through apt
 * when this process may. Throws a sentence that says exactly what to install otherwise. Tests never skip for the lack of it.
 */
export function requireChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  const installed = isDebian() ? installOnDebian() : 'This system is not Debian or Ubuntu, so nothing was installed by itself.';
  const now = findChromium();
  if (now !== undefined) return now;
  throw new Error(
    `The tests that look at the report need Chromium, and none was found. ${installed}\n` +
      'Install it and run the tests again: `apt-get install -y chromium` on Debian, `dnf install chromium` on Fedora, `brew install --cask chromium` on macOS;\n' +
      'or set SPOTPROOF_CHROMIUM to the path of a Chromium or Chrome that you have.',
  );
}

function findChromium(): string | undefined {
  const told = process.env['SPOTPROOF_CHROMIUM'];
  if (told !== undefined) {
    if (isExecutable(told)) return told;
    throw new Error(`SPOTPROOF_CHROMIUM should be the path of a Chromium that can be run, got "${told}". Correct it or unset it.`);
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const candidates = [...folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))), ...MAC_APPLICATIONS];
  return candidates.find(isExecutable);
}

/** Says in a sentence why it did not work; whether it did is seen by looking again. */
function installOnDebian(): string {
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  console.error('Installing Chromium through apt-get (once) …');
  for (const args of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
  ]) {
    const [command = '', ...rest] = [...prefix, ...args];
    const { status, stdout, stderr, error } = spawnSync(command, rest, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: APT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) return `\`${[...prefix, ...args].join(' ')}\` failed: ${(error?.message ?? `${stdout}${stderr}`).trim().slice(-500)}`;
  }
  return 'apt-get installed the package, but no program of a known name came with it.';
}

function isDebian(): boolean {
  return existsSync('/etc/debian_version');
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const APT_MS = 240_000;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPLICATIONS = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
