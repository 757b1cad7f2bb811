import { epochNow } from '../../epoch.ts';
import type { LabListener } from '../../lab/listener.ts';
import { liveEvent } from '../../live/from-progress.ts';
import { verdictEvent } from '../../live/from-report.ts';
import { LiveServer } from '../../live/live-server.ts';
import type { LabOptions } from '../../verdict/lab-run.ts';
import type { LabReport } from '../../verdict/report-document.ts';
import type { LabFlags } from './flags.ts';
import { invalid, parseWhole } from './values.ts';

/** The live page of a command: what `--ui` asks for. */
export interface Live {
  readonly url: string;
  /** A run begins; what its lab reports goes to the listener that comes back. */
  begin(label: string, options: LabOptions): LabListener;
  end(report: LabReport, reportPath: string): void;
  /** The pages that are open stay as they are. */
  close(): Promise<void>;
}

/** Opens the page; undefined when nobody asked for it. Throws `SPOTPROOF_CONFIG_INVALID` for a port that cannot be had. */
export async function openLive({ ui }: Pick<LabFlags, 'ui'>): Promise<Live | undefined> {
  if (ui === undefined) return undefined;
  const port = ui === true ? 0 : parseWhole('--ui', ui, { min: 0, max: 65_535 });
  const server = await listen(port);
  return {
    url: server.url,
    begin: (label, { command, ratePerSecond }) => {
      server.publish({ type: 'run', at: epochNow(), label, command, ratePerSecond });
      return {
        onProgress: (progress) => {
          const event = liveEvent(progress, epochNow());
          if (event !== undefined) server.publish(event);
        },
      };
    },
    end: (report, reportPath) => server.publish(verdictEvent(report, epochNow(), reportPath)),
    close: () => server.close(),
  };
}

async function listen(port: number): Promise<LiveServer> {
  try {
    return await LiveServer.open({ port });
  } catch (error) {
    throw invalid('--ui', 'a port of 127.0.0.1 that is free and that you may open', String(port), error);
  }
}
