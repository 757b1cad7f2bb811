import type { LabRun, LabTask, TargetDrainingReport, TargetHealthReport } from './lab-run.ts';

/** A time during which one node sent new requests to one task, or would have. */
export interface Rotation {
  readonly node: string;
  readonly from: number;
  /** Undefined when it was still so at the end of the run. */
  readonly to: number | undefined;
  readonly why: 'deregistered' | 'unhealthy' | undefined;
}

/** When each balancer node had the task in rotation, in order of time. */
export function rotationsOf(run: LabRun, task: LabTask): readonly Rotation[] {
  const mine = (report: { readonly targetId: string }): boolean => report.targetId === task.id || report.targetId === task.name;
  const reports: readonly Report[] = [...run.targetHealth.filter(mine), ...run.targetDraining.filter(mine)].toSorted((a, b) => a.at - b.at);
  const open = new Map<string, number>();
  const rotations: Rotation[] = [];
  for (const report of reports) {
    const change = changeOf(report);
    const from = open.get(report.node);
    if (change === 'joined' && from === undefined) open.set(report.node, report.at);
    else if ((change === 'deregistered' || change === 'unhealthy') && from !== undefined) {
      open.delete(report.node);
      rotations.push({ node: report.node, from, to: report.at, why: change });
    }
  }
  for (const [node, from] of open) rotations.push({ node, from, to: undefined, why: undefined });
  return rotations.toSorted((a, b) => a.from - b.from || a.node.localeCompare(b.node));
}

/** The last time that each node took the task out of rotation; nodes that still send to it are left out. */
export function departuresOf(
  rotations: readonly Rotation[],
): readonly { readonly node: string; readonly at: number; readonly why: 'deregistered' | 'unhealthy' }[] {
  const last = new Map<string, Rotation>();
  for (const rotation of rotations) last.set(rotation.node, rotation);
  return [...last.values()].flatMap(({ node, to, why }) => (to === undefined || why === undefined ? [] : [{ node, at: to, why }]));
}

function changeOf(report: Report): 'joined' | 'deregistered' | 'unhealthy' | 'none' {
  if (report.type === 'target-draining') return 'deregistered';
  switch (report.state) {
    case 'healthy':
      return 'joined';
    case 'unhealthy':
      return 'unhealthy';
    case 'draining':
    case 'unused':
      return 'deregistered';
    case 'initial':
      return 'none';
  }
}

type Report = TargetHealthReport | TargetDrainingReport;
