import type { Socket } from 'node:net';

/**
 * The header of proxy protocol version 2 (haproxy.org, "The PROXY protocol", 2.2) for a client's IPv4 connection, as a Network Load Balancer with
 * `proxy_protocol_v2.enabled` puts it before the client's bytes.
 */
export function proxyHeader({ remoteAddress, remotePort, localAddress, localPort }: Socket): Uint8Array {
  const addresses = [remoteAddress, localAddress].flatMap((address) => (address ?? NO_ADDRESS).split('.').map(Number));
  const ports = [remotePort ?? 0, localPort ?? 0].flatMap((port) => [port >> 8, port & 0xff]);
  return Uint8Array.from([...SIGNATURE, VERSION_2 | PROXY, TCP_OVER_IPV4, 0, addresses.length + ports.length, ...addresses, ...ports]);
}

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const VERSION_2 = 0x20;
const PROXY = 0x01;
const TCP_OVER_IPV4 = 0x11;
const NO_ADDRESS = '0.0.0.0';

/** Of a health check: "the client connection information is not sent" ("Target groups for your Network Load Balancers", proxy protocol). */
export const LOCAL_PROXY_HEADER: Uint8Array = Uint8Array.from([...SIGNATURE, VERSION_2, 0, 0, 0]);
