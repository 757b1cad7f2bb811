import type { Clock } from '@spotproof/core';
import type { Platform } from '../platform/platform.ts';
import type { ProcessDoor } from '../process/door.ts';
import type { Publisher } from './channels.ts';
import type { Configuration } from './configuration.ts';
import type { Consumers } from './consumers.ts';
import type { Service } from './crew/service.ts';
import type { DrainEngine } from './engine.ts';
import type { ForeignHold } from './foreign-hold.ts';
import type { GuardedServers } from './guarded-servers.ts';
import type { Hooks } from './hooks.ts';
import type { LossLog } from './loss-log.ts';
import type { OpenWork } from './open-work.ts';
import type { Tally } from './tally.ts';
import type { Warnings } from './warnings.ts';
import type { WorkSignals } from './work-signals.ts';

/** What one life consists of, for those who lead it from its beginning to its end. */
export interface LifeParts {
  readonly door: ProcessDoor;
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly warnings: Warnings;
  readonly engine: DrainEngine;
  readonly servers: GuardedServers;
  readonly consumers: Consumers;
  readonly hooks: Hooks;
  readonly open: OpenWork;
  readonly tally: Tally;
  readonly losses: LossLog;
  readonly publisher: Publisher;
  readonly workSignals: WorkSignals;
  readonly platform: Platform;
  readonly service: Service;
  /** Only a preload holds the app; it says so after this life was made. */
  readonly hold: ForeignHold | undefined;
}
