// An app that starts, with LISTEN=yes opens an HTTP server, and tells what that has taken since the process began: {"wallMs": …, "cpuMs": …}.
// WITH names what it brings along in code.
import { createRequire } from 'node:module';

const wrappers = {
  'protect()': async (server) => void (await import('@spotproof/runtime')).protect(server),
  terminus: (server) => void require('@godaddy/terminus').createTerminus(server, {}),
  'http-terminator': (server) => void require('http-terminator').createHttpTerminator({ server }),
  'http-graceful-shutdown': (server) => void require('http-graceful-shutdown')(server),
  'close-with-grace': async () => void (await import('close-with-grace')).default(async () => {}),
};

const require = createRequire(import.meta.url);
if (process.env.LISTEN === 'yes') {
  const { createServer } = await import('node:http');
  const server = createServer();
  await wrappers[process.env.WITH]?.(server);
  await new Promise((resolve) => void server.listen(0, '127.0.0.1', resolve));
}
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ wallMs: performance.now(), cpuMs: (user + system) / 1_000 }));
process.exit(0);
