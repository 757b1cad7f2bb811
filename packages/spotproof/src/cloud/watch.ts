import type { WorldEffect } from '@spotproof/world';
import type { BalancerConfig, BalancerReport } from '../balancer/protocol.ts';
import type { BalancerProcess } from '../lab/balancer-process.ts';
import type { TaskProcess } from '../lab/tasks/task-process.ts';

/** Whoever keeps account of what happens in a cloud, as it happens. Called synchronously: may not throw, and not take long. */
export interface CloudWatch {
  /** What the world of a cluster asks for, before it is done. @param at The world's own time of it. */
  onEffect(cluster: string, effect: WorldEffect, at: number): void;
  /** What a container that has a port finds in its environment besides everything else. @param port Its own, on this machine. */
  environmentOf(taskId: string, port: number): Readonly<Record<string, string>>;
  /** A container has been started. */
  onContainer(taskId: string, program: TaskProcess): void;
  /** The containers of a task accept connections, or do not in time. */
  onListening(taskId: string, isListening: boolean): void;
  /** A listener is made. @returns Who watches its balancer; undefined for nobody. */
  onListener(): BalancerWatch | undefined;
}

/** Whoever keeps account of what the balancer of one listener does. */
export interface BalancerWatch {
  /** What no attribute of Elastic Load Balancing says. */
  readonly config: Pick<BalancerConfig, 'recordsPath' | 'accessLogPath' | 'finLagMs' | 'adversary'>;
  /** It is on its way; {@link onReport} says when it listens. */
  onStarted(balancer: BalancerProcess): void;
  onReport(report: BalancerReport): void;
  onFailure(message: string): void;
}
