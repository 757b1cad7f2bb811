import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { SpotproofError } from '@spotproof/core';

/**
 * A port on which nothing listens, other than those in `taken`. Not from the range that the system draws from for outgoing connections:
 * between now and the moment the task listens, one of the balancer's own connections could take it.
 */
export async function findFreePort(taken: ReadonlySet<number>): Promise<number> {
  const [ephemeralFrom, ephemeralTo] = ephemeralRange();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if ((port >= ephemeralFrom && port <= ephemeralTo) || taken.has(port)) continue;
    if (await canListen(port)) return port;
  }
  throw new SpotproofError(
    'SPOTPROOF_PLATFORM',
    `No free TCP port was found between ${FIRST_PORT} and ${LAST_PORT}, outside ${ephemeralFrom} to ${ephemeralTo}. Close what listens there and try again.`,
  );
}

function ephemeralRange(): readonly [number, number] {
  try {
    const [from = 32_768, to = 60_999] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number);
    return [from, to];
  } catch {
    // What macOS and Windows use.
    return [49_152, 65_535];
  }
}

/** Tried on every address, of both families where there are two: that is how most servers listen. */
function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

const FIRST_PORT = 12_000;
const LAST_PORT = 65_000;
const MAX_ATTEMPTS = 1000;
