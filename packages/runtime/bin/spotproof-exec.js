#!/usr/bin/env node
// Checked in as plain JavaScript: npm links bins before `prepare` has built dist. Syntax for any Node, so that an old one gets a sentence.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12)) {
  process.stderr.write(`spotproof-exec needs Node 20.19 or newer (22.12 within 22), this is ${process.version}.\n`);
  process.exit(2);
}
import('../dist/exec/main.js').then(
  ({ main }) => main(process.argv.slice(2)),
  (error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write('spotproof-exec is not built yet. Run `npm run build` in the checkout, then try again.\n');
    process.exit(2);
  },
);
