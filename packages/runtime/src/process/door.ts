import { isatty } from 'node:tty';
import type { Cancel } from '@spotproof/core';

export type HandledSignal = 'SIGTERM' | 'SIGINT';

/** Signals that an image may name as its STOPSIGNAL and that can drain. SIGQUIT only where it is asked for: in a terminal it means *dump core*. */
export type StopSignal = HandledSignal | 'SIGQUIT';

/** The one way to the process this code runs in: signals, environment, exit and standard error. Tests pass another. */
export interface ProcessDoor {
  readonly pid: number;
  env(name: string): string | undefined;
  /** Keeps the process alive on this signal and calls `listener` for each. */
  onSignal(signal: StopSignal, listener: () => void): Cancel;
  /** Calls `listener` while the process is ending, whoever ended it; it can only do synchronous work. */
  onExit(listener: () => void): Cancel;
  /** Calls `listener` when nothing is left that could keep the process alive. */
  onLoopEmpty(listener: () => void): Cancel;
  /** The exit code that was asked for so far. */
  exitCode(): number | undefined;
  setExitCode(code: number): void;
  exit(code: number): void;
  /** One line on standard error. */
  writeError(line: string): void;
  /** True when a person or a watch mode started this process, so that no balancer is in front of it. */
  isInteractive(cause: string): boolean;
  /** How many listeners of others wait for this signal. */
  foreignListeners(signal: StopSignal): number;
}

export const nodeProcess: ProcessDoor = {
  pid: process.pid,
  env: (name) => process.env[name],
  onSignal(signal, listener) {
    ours.add(listener);
    process.on(signal, listener);
    return () => {
      process.removeListener(signal, listener);
    };
  },
  onExit(listener) {
    process.on('exit', listener);
    return () => {
      process.removeListener('exit', listener);
    };
  },
  onLoopEmpty(listener) {
    process.on('beforeExit', listener);
    return () => {
      process.removeListener('beforeExit', listener);
    };
  },
  exitCode() {
    const code = Number(process.exitCode ?? Number.NaN);
    return Number.isInteger(code) ? code : undefined;
  },
  setExitCode(code) {
    process.exitCode = code;
  },
  exit(code) {
    process.exit(code);
  },
  writeError(line) {
    process.stderr.write(`${line}\n`);
  },
  isInteractive(cause) {
    // `node --watch` stops its child with SIGTERM and tells it so through this variable.
    if (process.env['WATCH_REPORT_DEPENDENCIES'] !== undefined) return true;
    // A container may have SIGINT as its STOPSIGNAL: without a terminal it is a stop like any other.
    return cause === 'SIGINT' && (isatty(0) || isatty(2));
  },
  foreignListeners: (signal) => process.listeners(signal).filter((listener) => !ours.has(listener)).length,
};

const ours = new WeakSet<object>();
