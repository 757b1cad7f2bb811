import type { ConnectionReport } from '../verdict/report-document.ts';
import { count, seconds, thousands } from '../verdict/words.ts';

/** One line of the report: how the connections of one protocol ended. */
export function connectionPhrases(report: ConnectionReport): { readonly label: string; readonly phrases: readonly string[] } {
  const isWebSocket = report.protocol === 'websocket';
  const codes = Object.entries(report.closeCodes)
    .filter(([code]) => code === '1001' || code === '1012')
    .map(([code, amount]) => `${thousands(amount)} with ${code}`);
  const told = `${thousands(report.toldToReconnect)} told to reconnect${codes.length === 0 ? '' : ` (${codes.join(', ')})`}`;
  const spread = report.farewells.filter((farewell) => farewell.count > 1).map(({ spreadMs }) => spreadMs);
  const widest = spread.length === 0 ? '' : `spread over ${spread.length > 1 ? 'up to ' : ''}${seconds(Math.max(...spread))}`;
  return {
    label: isWebSocket ? 'WebSocket' : 'SSE',
    phrases: [
      `${thousands(report.opened)} opened`,
      told,
      widest,
      `${thousands(report.cut)} cut${isWebSocket && report.cut > 0 ? ' (1006)' : ''}`,
      count(report.reconnects, 'reconnect'),
      report.carriedOver === 0 ? '' : `${count(report.carriedOver, 'message')} sent again`,
    ],
  };
}
