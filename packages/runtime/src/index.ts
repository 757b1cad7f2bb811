export { protect, type ProtectOptions } from './protect.ts';
export type { Protection } from './protection.ts';
export type { ProcessOptions } from './process/settings.ts';
export type { ProtectableServer } from './http/protectable-server.ts';
export type { Hook, HookContext, HookOptions, HookPhase, HookReport } from './life/hooks.ts';
export type { DrainReport, HeldItem, LostItem } from './life/report.ts';
export type { PhaseMessage } from './life/channels.ts';
export type { WorkDetails } from './life/tracked-work.ts';
