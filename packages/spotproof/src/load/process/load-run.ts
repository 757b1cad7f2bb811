import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import type { ClientRecord } from '../client-record.ts';
import { Generator } from '../generator.ts';
import type { LoadConfig, LoadReport, LoadSummary } from '../protocol.ts';
import { epochClock } from './epoch-clock.ts';
import { RecordFile } from './record-file.ts';

export interface LoadRunOptions {
  readonly config: LoadConfig;
  readonly report: (message: LoadReport) => void;
}

/** One run of the generator with what only a process can know about itself: its processor time, its stalls, its file. */
export class LoadRun {
  readonly #generator: Generator;
  readonly #records: RecordFile<ClientRecord>;
  readonly #report: (message: LoadReport) => void;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  readonly #cpuAtStart: NodeJS.CpuUsage;
  readonly #progressTimer: NodeJS.Timeout;

  /** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for a configuration that cannot be run. */
  constructor(options: LoadRunOptions) {
    const { config, report } = options;
    this.#report = report;
    this.#generator = new Generator({ config, clock: epochClock, onRecord: (record) => this.#records.append(record) });
    this.#records = new RecordFile(config.recordsPath, (error) => report({ type: 'failed', message: error.message }));
    this.#cpuAtStart = process.cpuUsage();
    this.#loopDelay.enable();
    report({ type: 'started', at: this.#generator.start() });
    this.#progressTimer = setInterval(() => this.#reportProgress(), PROGRESS_EVERY_MS);
  }

  /** Ends the run and reports `done`. */
  async finish(): Promise<void> {
    await this.#generator.finish();
    clearInterval(this.#progressTimer);
    await this.#records.close();
    this.#loopDelay.disable();
    this.#report({ type: 'done', summary: this.#summary() });
  }

  #reportProgress(): void {
    const { planned, sent, ended, byOutcome } = this.#generator.counts;
    this.#report({ type: 'progress', at: epochClock.now(), planned, sent, ended, byOutcome });
  }

  #summary(): LoadSummary {
    const { planned, sent, ended, maxInFlight } = this.#generator.counts;
    const { lateness } = this.#generator;
    const cpu = process.cpuUsage(this.#cpuAtStart);
    return {
      planned,
      sent,
      ended,
      latenessMs:
        lateness.count === 0 ? { p50: 0, p99: 0, max: 0 } : { p50: lateness.quantile(0.5), p99: lateness.quantile(0.99), max: lateness.maxMs },
      // The monitor measures the time between two of its own ticks; what exceeds its period is delay.
      maxLoopDelayMs: this.#loopDelay.count === 0 ? 0 : Math.max(0, this.#loopDelay.max / 1e6 - LOOP_DELAY_RESOLUTION_MS),
      cpuMs: (cpu.user + cpu.system) / 1000,
      maxInFlight,
    };
  }
}

const LOOP_DELAY_RESOLUTION_MS = 10;
const PROGRESS_EVERY_MS = 1000;
