import os from 'node:os';

/** One line that says where figures come from. */
export function describeMachine(): string {
  const [first] = os.cpus();
  const model = first?.model.trim().replaceAll(/\s+/g, ' ') ?? 'unknown processor';
  const [load = 0] = os.loadavg();
  return `${os.cpus().length} × ${model}, ${os.type()} ${os.release()}, Node ${process.versions.node}, load average ${load.toFixed(1)} at the start, ${new Date().toISOString().slice(0, 10)}`;
}
