import type { LabReport } from '../../verdict/report-document.ts';
import { loadBeginsAt } from '../figures.ts';
import { axisLane } from './backdrop.ts';
import { latencyLane, type LatencyScale } from './latency-lane.ts';
import { markup, type Markup } from './markup.ts';
import { orphanLane, taskLane } from './task-lane.ts';
import type { TimeAxis } from './time-axis.ts';

/** What the pictures of one page have in common, so that two runs can be compared by eye. */
export interface PictureScales {
  readonly axis: TimeAxis;
  readonly latency: LatencyScale;
  readonly mostTraffic: number;
  readonly mostLost: number;
}

/** The run in one picture: a lane for each task, the latency, and the losses, over one time axis. */
export function picture(report: LabReport, scales: PictureScales): Markup {
  const { axis, mostTraffic, mostLost } = scales;
  const known = new Set(report.tasks.map(({ id }) => id));
  const orphans = report.losses.filter(({ taskId }) => taskId === undefined || !known.has(taskId));
  return markup`<figure class="picture">${axisLane(report, axis)}
${report.tasks.filter((task) => wasThere(report, task)).map((task) => taskLane({ report, task, axis, mostTraffic, losses: report.losses.filter(({ taskId }) => taskId === task.id) }))}
${orphans.length > 0 && orphanLane({ report, axis, losses: orphans })}
${latencyLane({ report, axis, scale: scales.latency, mostLost })}
</figure>`;
}

export function legend(): Markup {
  return markup`<p class="legend"><span><i class="key serving"></i>serving</span><span><i class="key draining"></i>after SIGTERM, still accepting</span><span><i class="key closed"></i>listener closed</span><span><i class="key danger"></i>a node still sends, nobody accepts</span><span><i class="key sent"></i>requests per second</span><span><i class="key loss"></i>a lost request</span><span>▼ left the balancer</span><span>● exit</span><span class="bad">⊗ SIGKILL or crash</span></p>`;
}

/** A task that ended before the first request has no place on the axis. */
function wasThere(report: LabReport, { exitedAt }: LabReport['tasks'][number]): boolean {
  return exitedAt === undefined || exitedAt >= loadBeginsAt(report);
}
