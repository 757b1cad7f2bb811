import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { DrainPhase } from '@spotproof/core/drain';
import type { DrainReport, LostItem } from './report.ts';

/** What is told while a drain goes on, by name of event; the messages are the same on the channels of `node:diagnostics_channel`. */
export interface LifecycleEvents {
  /** A phase was entered. */
  phase: [PhaseMessage];
  /** Something was given up for lost; told for each, also beyond those that the report names. */
  lost: [LostItem];
  /** The drain is over. What listens must be done at once: the process exits next. */
  report: [DrainReport];
}

export interface PhaseMessage {
  readonly phase: DrainPhase;
  /** Milliseconds after the drain began. */
  readonly afterMs: number;
  /** When the remaining work will be told to stop, in milliseconds after the drain began. */
  readonly stopAfterMs: number;
}

/** The channel of each event. Free while nobody subscribes. */
export const CHANNELS: Readonly<Record<keyof LifecycleEvents, string>> = {
  phase: 'spotproof:drain:phase',
  lost: 'spotproof:drain:lost',
  report: 'spotproof:drain:report',
};

/** Tells listeners and channels. A listener that throws must not change how the process ends: it becomes a warning. */
export class Publisher {
  readonly events = new EventEmitter<LifecycleEvents>();
  readonly #failed: (event: keyof LifecycleEvents, error: unknown) => void;

  constructor(failed: (event: keyof LifecycleEvents, error: unknown) => void) {
    this.#failed = failed;
    // Each server, consumer and subscriber may listen.
    this.events.setMaxListeners(0);
  }

  phase(message: PhaseMessage): void {
    channels.phase.publish(message);
    this.#guarded('phase', () => this.events.emit('phase', message));
  }

  lost(item: LostItem): void {
    channels.lost.publish(item);
    this.#guarded('lost', () => this.events.emit('lost', item));
  }

  report(report: DrainReport): void {
    channels.report.publish(report);
    this.#guarded('report', () => this.events.emit('report', report));
  }

  #guarded(event: keyof LifecycleEvents, emit: () => void): void {
    try {
      emit();
    } catch (error) {
      this.#failed(event, error);
    }
  }
}

const channels = { phase: channel(CHANNELS.phase), lost: channel(CHANNELS.lost), report: channel(CHANNELS.report) };
