// Builds every package's dist with the pinned TypeScript. Plain JavaScript: it runs before anything is built,
// on whatever Node the machine has, and during `npm ci` as the root `prepare` step.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
if (!existsSync(path.join(root, 'node_modules', 'typescript'))) {
  console.error('The build needs the development dependencies, and they are not installed. Run `npm ci` first.');
  process.exit(2);
}
const require = createRequire(import.meta.url);
const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [tsc, '--build', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 3);
