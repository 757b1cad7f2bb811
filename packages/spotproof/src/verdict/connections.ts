import type { Protocol } from '../load/client-record.ts';
import type { JoinedRequest } from './join.ts';
import type { ConnectionReport } from './report-document.ts';

/** What became of the connections that stay open: one entry for each protocol in use. */
export function connectionReports(requests: readonly JoinedRequest[]): readonly ConnectionReport[] {
  const connections = requests.filter(({ client }) => client.longLived !== undefined);
  const byProtocol = groupBy(connections, ({ client }) => client.protocol);
  return [...byProtocol].flatMap(([protocol, group]) => (protocol === undefined ? [] : [connectionReport(protocol, group)]));
}

function connectionReport(protocol: Protocol, connections: readonly JoinedRequest[]): ConnectionReport {
  const ended = (ending: string): readonly JoinedRequest[] => connections.filter(({ client }) => client.longLived?.ending === ending);
  const told = ended('told-to-reconnect');
  const closeCodes: Record<string, number> = {};
  for (const { client } of connections) {
    const { closeCode, ending } = client.longLived ?? {};
    if (closeCode !== undefined && ending !== 'by-client') closeCodes[closeCode] = (closeCodes[closeCode] ?? 0) + 1;
  }
  return {
    protocol,
    opened: connections.length - ended('not-opened').length,
    reconnects: connections.filter(({ client }) => (client.longLived?.attempt ?? 1) > 1).length,
    toldToReconnect: told.length,
    closeCodes,
    farewells: [...groupBy(told, ({ task }) => task?.id)].map(([taskId, group]) => {
      const times = group.map(({ client }) => client.endedAt);
      return { taskId, count: group.length, spreadMs: Math.round(Math.max(...times) - Math.min(...times)) };
    }),
    cut: ended('cut').length,
    carriedOver: told.reduce((sum, { client }) => sum + (client.longLived?.carriedOver ?? 0), 0),
  };
}

function groupBy<Key>(requests: readonly JoinedRequest[], keyOf: (request: JoinedRequest) => Key): ReadonlyMap<Key, readonly JoinedRequest[]> {
  const groups = new Map<Key, JoinedRequest[]>();
  for (const request of requests) {
    const group = groups.get(keyOf(request));
    if (group === undefined) groups.set(keyOf(request), [request]);
    else group.push(request);
  }
  return groups;
}
