import { findInPath, installOnDebian, isExecutable } from './debian.ts';

/**
 * Path of a Chromium for the tests that look at pages. Takes `SPOTPROOF_CHROMIUM`, else one from PATH, else installs Debian's through apt
 * when this process may. Throws a sentence that says exactly what to install otherwise. Tests never skip for the lack of it.
 */
export function requireChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  const installed = installOnDebian('chromium');
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
  return findInPath(NAMES) ?? MAC_APPLICATIONS.find(isExecutable);
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPLICATIONS = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
