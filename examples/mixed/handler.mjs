import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Mixed work over HTTP: answers that take their time, uploads whose octets are checked, streams. Knows nothing of signals or shutdown.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
export function handle(request, response) {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = routes[`${request.method} ${url.pathname}`] ?? notFound;
  Promise.resolve(route(request, response, url.searchParams)).catch((error) => {
    // The client left in the middle of its upload: there is nobody to answer.
    if (request.destroyed || response.destroyed) return;
    if (!response.headersSent) response.writeHead(500);
    response.end(String(error));
  });
}

const routes = {
  'GET /': alive,
  'GET /health': alive,
  'GET /work': work,
  'GET /stream': stream,
  'POST /echo-sha1': echoSha1,
};

function alive(_request, response) {
  answer(response, 200, 'ok\n');
}

function notFound(request, response) {
  request.resume();
  answer(response, 404, `no ${request.method} ${request.url} here\n`);
}

/** `?ms=…`: how long the work takes, at most a minute. */
async function work(_request, response, query) {
  const ms = wholeNumber(query.get('ms'), 0, 60_000);
  await sleep(ms);
  answer(response, 200, `worked ${ms} ms\n`);
}

/** `?chunks=…&ms=…`: so many pieces, spread over so much time, and a last line that says it is complete. */
async function stream(_request, response, query) {
  const chunks = wholeNumber(query.get('chunks'), 1, 1_000);
  const ms = wholeNumber(query.get('ms'), 0, 60_000);
  response.writeHead(200, { 'content-type': 'text/plain' });
  for (let index = 1; index <= chunks; index++) {
    response.write(`line ${index} of ${chunks}\n`);
    await sleep(ms / chunks);
  }
  response.end('END\n');
}

/** The SHA-1 of what came, in hex. */
async function echoSha1(request, response) {
  const hash = createHash('sha1');
  for await (const piece of request) hash.update(piece);
  answer(response, 200, `${hash.digest('hex')}\n`);
}

function answer(response, status, text) {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function wholeNumber(text, min, max) {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? min : Math.min(max, Math.max(min, value));
}
