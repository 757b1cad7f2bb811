import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ListenerWatch } from '../../src/lab/tasks/listener-watch.ts';
import { parseListeningRows, readListeningSockets } from '../../src/lab/tasks/listening-sockets.ts';
import { eventually } from './support/processes.ts';

// As Linux 6 writes it: listening sockets first, then the others.
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51171 1 0000000000000000 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1172 1 0000000000000000 100 0 0 10 0
   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 51180 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:C350 0100007F:1F90 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000000000000000
`;

const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:2329 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 61 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:232A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 62 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:232B 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 63 1 0000000000000000 100 0 0 10 0
`;

const onLinux = { skip: readListeningSockets() === undefined && 'this system does not tell which ports listen' };

describe('the table of listening sockets', () => {
  it('gives port, reach and inode of each, and ends with the first that does not listen', () => {
    assert.deepEqual(parseListeningRows(TABLE), {
      sockets: [
        { port: 8080, loopbackOnly: true, inode: 51_171 },
        { port: 22, loopbackOnly: false, inode: 1172 },
      ],
      ended: true,
    });
  });

  it('knows the loopback addresses of IPv6, and IPv4 written as IPv6', () => {
    const { sockets, ended } = parseListeningRows(TABLE6);

    assert.equal(ended, false);
    assert.deepEqual(
      sockets.map(({ port, loopbackOnly }) => [port, loopbackOnly]),
      [
        [9001, false],
        [9002, true],
        [9003, true],
      ],
    );
  });

  it('holds a server of ours for as long as it listens', onLinux, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server has an address, not a pipe's name.
    const { port } = server.address() as AddressInfo;
    const found = readListeningSockets()?.filter((socket) => socket.port === port);

    assert.deepEqual(
      found?.map(({ loopbackOnly }) => loopbackOnly),
      [true],
    );
    server.close();
    await once(server, 'close');
    assert.equal(
      readListeningSockets()?.some((socket) => socket.port === port),
      false,
    );
  });
});

describe('ListenerWatch', onLinux, () => {
  it('tells once when a port stops listening, and not before', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A TCP server has an address, not a pipe's name.
    const { port } = server.address() as AddressInfo;
    const watch = new ListenerWatch();
    const told: number[] = [];
    watch.watch(port, (at) => told.push(at));
    // Time for it to look more than once: nothing may come of that.
    await delay(120);
    assert.deepEqual(told, []);

    const closedAfter = performance.timeOrigin + performance.now();
    server.close();

    await eventually('the watch has told', () => told.length > 0);
    await delay(120);
    assert.equal(told.length, 1);
    assert.ok((told[0] ?? 0) >= closedAfter);
    watch.stop();
  });
});
