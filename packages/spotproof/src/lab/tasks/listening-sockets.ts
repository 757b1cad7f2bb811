import { closeSync, openSync, readSync } from 'node:fs';

/** One TCP socket in the state LISTEN. */
export interface ListeningSocket {
  readonly port: number;
  /** It accepts connections from this machine only. */
  readonly loopbackOnly: boolean;
  readonly inode: number;
}

/**
 * Every listening TCP socket of this network namespace, or undefined where the system does not tell (anything but Linux).
 * The kernel lists listening sockets before all others, so on a busy machine only the head of the file is read.
 */
export function readListeningSockets(): readonly ListeningSocket[] | undefined {
  const [v4, v6] = [readListeningRows('/proc/net/tcp'), readListeningRows('/proc/net/tcp6')];
  if (v4 === undefined && v6 === undefined) return undefined;
  return [...(v4 ?? []), ...(v6 ?? [])];
}

/** Rows of `/proc/net/tcp`: `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`, addresses in hex. */
export function parseListeningRows(text: string): { readonly sockets: readonly ListeningSocket[]; readonly ended: boolean } {
  const sockets: ListeningSocket[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || state === undefined || inode === undefined) continue;
    if (state !== LISTEN) return { sockets, ended: true };
    const [address = '', port = ''] = local.split(':');
    sockets.push({ port: Number.parseInt(port, 16), loopbackOnly: isLoopback(address), inode: Number(inode) });
  }
  return { sockets, ended: false };
}

function readListeningRows(file: string): readonly ListeningSocket[] | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    let text = '';
    const chunk = Buffer.allocUnsafe(CHUNK_OCTETS);
    for (;;) {
      const octets = readSync(descriptor, chunk);
      text += chunk.toString('latin1', 0, octets);
      // Cut at the last whole row: half a row must not be read as one.
      const { sockets, ended } = parseListeningRows(text.slice(0, text.lastIndexOf('\n') + 1));
      if (ended || octets === 0 || text.length > MAX_OCTETS) return sockets;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** 127.0.0.0/8 with its octets in host order (the last two hex digits come first on the wire), ::1, or 127.0.0.0/8 mapped into IPv6. */
function isLoopback(address: string): boolean {
  if (address.length === 8) return address.endsWith('7F');
  return address === '00000000000000000000000001000000' || (address.startsWith('0000000000000000FFFF0000') && address.endsWith('7F'));
}

const LISTEN = '0A';
const CHUNK_OCTETS = 16_384;
const MAX_OCTETS = 1 << 20;
