import { findInPath, isExecutable } from './debian.ts';
import { requireTool } from './tool.ts';

/** Path of a Chromium for the tests that look at pages. Errors: {@link requireTool}. */
export function requireChromium(): string {
  return requireTool({
    need: 'The tests that look at the report need',
    what: 'a Chromium',
    packages: ['chromium'],
    elsewhere: ['`dnf install chromium` on Fedora', '`brew install --cask chromium` on macOS'],
    find: () => findInPath(NAMES) ?? MAC_APPLICATIONS.find(isExecutable),
    told: { variable: 'SPOTPROOF_CHROMIUM', expected: 'a Chromium or Chrome' },
  });
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPLICATIONS = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
