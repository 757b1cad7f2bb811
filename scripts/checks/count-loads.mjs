// `node count-loads.mjs [--listen] <door> …`: imports the doors, with --listen also opens an HTTP server, and prints which files Node loaded for it:
// [{ "file": …, "bytes": … }]. A process of its own for each count, since a module is loaded only once.
import { createServer } from 'node:http';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const [listen, doors] = process.argv[2] === '--listen' ? [true, process.argv.slice(3)] : [false, process.argv.slice(2)];
const loaded = new Map();
registerHooks({
  load(url, context, next) {
    const result = next(url, context);
    if (url.startsWith('file:')) loaded.set(fileURLToPath(url), Buffer.byteLength(result.source ?? ''));
    return result;
  },
});
for (const door of doors) await import(door);
if (listen) {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
}
console.log(JSON.stringify([...loaded].map(([file, bytes]) => ({ file, bytes }))));
process.exit(0);
