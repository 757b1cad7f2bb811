#!/usr/bin/env node
// Checked in as plain JavaScript: npm links bins before `prepare` has built dist. Syntax for any Node, so that an old one gets a sentence.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`spotproof needs Node 22.18 or newer, this is ${process.version}. The library @spotproof/runtime itself runs from Node 20.19 on.`);
  process.exit(2);
}
import('../dist/main.js').then(
  ({ main }) => main(process.argv),
  (error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('spotproof is not built yet. Run `npm run build` in the checkout, then try again.');
    process.exit(2);
  },
);
