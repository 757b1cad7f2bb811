import { DRAIN_PHASES, drainSchedule, type DrainPhase } from '../../packages/core/src/drain/index.ts';
import { METRICS } from '../../packages/runtime/src/adapters/otel.ts';
import { CHANNELS } from '../../packages/runtime/src/life/channels.ts';
import { interfaceMembers } from './interface-members.ts';

/** The page of `@spotproof/runtime`: options, life cycle, report, channels and metrics. */
export function renderRuntime(): string {
  return `<!-- Made from packages/runtime/src and packages/core/src/drain by \`npm run docs\`. Do not edit by hand. -->
# \`@spotproof/runtime\`

## Options of the process

\`createLifecycle(options)\` and \`protect(server, options)\` take them. They hold for the whole process: calls that disagree are refused.

${table(SETTINGS, 'ProcessOptions')}

| environment variable | what it says |
|---|---|
| \`SPOTPROOF_STOP_TIMEOUT\` | The container's \`stopTimeout\` in seconds, where the option is not given. |
| \`SPOTPROOF_REPORT\` | \`stderr\` or the path of a file: where the report goes as one JSON line. |
| \`SPOTPROOF_BOOT_CHECK\` | \`off\`: no warning when a shell or npm stands between PID 1 and the app. |
| \`SPOTPROOF\` | \`off\` switches \`@spotproof/runtime/auto\` off. |
| \`SPOTPROOF_HOLD\` | \`off\`: \`auto\` leaves the app's own signal handlers and \`process.exit\` alone. |

### Of a protected server

${table(PROTECTION, 'HealthPathOptions')}

### Of a plain TCP server: \`life.tcp(server, { … })\`, \`protect(server, { … })\`

${table('packages/runtime/src/tcp-goodbye.ts', 'TcpOptions')}

## The life cycle

What \`createLifecycle()\` and \`protect()\` return. All of a process share one life, whichever copy of the package made it.

${table(PROTECTION, 'Protection')}
${rows(PROTECTION, 'Lifecycle')}

\`await using life = createLifecycle()\` drains at the end of the block.

### A consumer: \`life.consumer(name, { … })\`

${table('packages/runtime/src/life/consumer.ts', 'ConsumerOptions')}

### A request's context: \`life.context(request)\`

${table('packages/runtime/src/life/request-context.ts', 'RequestContext')}
${rows('packages/runtime/src/life/time-left.ts', 'TimeLeft')}

### A hook: \`life.hook(name, function, { … })\`

${table('packages/runtime/src/life/hooks.ts', 'HookOptions')}

## Phases

The life only moves forward. The instants are the latest ones, in seconds after the drain began.

| phase | what happens | at a stop timeout of 30 s | of 120 s |
|---|---|---|---|
${DRAIN_PHASES.map((phase) => `| \`${phase}\` | ${PHASES[phase]} | ${beginsBy(phase, 30_000)} | ${beginsBy(phase, 120_000)} |`).join('\n')}

Lingering lasts ${seconds(drainSchedule(30_000).floorMs)} s at least, unless the balancer is known to have let go already.

## The report

${table('packages/runtime/src/life/report.ts', 'DrainReport', { commented: false })}

### \`lost\`

${table('packages/runtime/src/life/report.ts', 'LostItem', { commented: false })}

### \`workers\`

${table('packages/runtime/src/life/report.ts', 'WorkerReport', { commented: false })}

and of its own: \`pid\`, \`outcome\`, \`exitCode\`, \`durationMs\`, \`phases\`, \`lostCount\`, \`consumers\`, \`hooks\`, \`held\` and \`warnings\`, as above.

### \`consumers\`

${table('packages/runtime/src/life/consumer.ts', 'ConsumerReport', { commented: false })}

### \`hooks\`

${table('packages/runtime/src/life/hooks.ts', 'HookReport', { commented: false })}

### \`held\`

${table('packages/runtime/src/life/report.ts', 'HeldItem', { commented: false })}

## Events and channels

\`life.events\` is an \`EventEmitter\` of \`node:events\`; \`node:diagnostics_channel\` carries the same messages, and costs nothing while nobody listens.

| event | channel | message | when |
|---|---|---|---|
${interfaceMembers(CHANNELS_FILE, 'LifecycleEvents')
  .map(({ name, type, text }) => `| \`${name}\` | \`${channelOf(name)}\` | \`${type.slice(1, -1)}\` | ${cell(text)} |`)
  .join('\n')}

### \`PhaseMessage\`

${table(CHANNELS_FILE, 'PhaseMessage', { commented: false })}

## Metrics

\`observeDrain()\` of \`@spotproof/runtime/otel\` records them with your meter.

| metric | unit | what it says |
|---|---|---|
${Object.values(METRICS)
  .map(({ name, unit, description }) => `| \`${name}\` | \`${unit}\` | ${cell(description)} |`)
  .join('\n')}
`;
}

const PHASES: Readonly<Record<DrainPhase, string>> = {
  serving: 'No drain has begun.',
  announced:
    'Consumers stop taking work, readiness answers 503, the *draining* signal fires, and every answer from here on closes its connection. Lingering follows at once.',
  lingering: 'The process goes on accepting and serving, until the balancer has let go.',
  draining: 'The accept queue is emptied and the listeners are closed; what is open is waited for.',
  aborting: 'The *stop* signal fires, consumers hand back what they have, upgraded connections are ended. Skipped when nothing is open.',
  releasing: 'What is still open is lost and its connections are destroyed. Hooks run, in reverse order of registration.',
  flushed: 'Hooks of the phase `flush` run.',
  exited: 'The report is complete, and the process exits.',
};

/** Entered at the latest then; at all, where nothing of the schedule says. */
function beginsBy(phase: DrainPhase, budgetMs: number): string {
  const schedule = drainSchedule(budgetMs);
  switch (phase) {
    case 'serving':
      return '';
    case 'announced':
    case 'lingering':
      return '0';
    case 'draining':
      return seconds(schedule.lingerCapMs);
    case 'aborting':
      return seconds(schedule.stopMs);
    case 'releasing':
      return seconds(schedule.destroyMs);
    case 'flushed':
      return seconds(schedule.releaseMs);
    case 'exited':
      return seconds(schedule.exitMs);
  }
}

function table(file: string, name: string, options?: { readonly commented?: boolean }): string {
  return `| name | type | what it says |\n|---|---|---|\n${rows(file, name, options)}`;
}

function rows(file: string, name: string, options?: { readonly commented?: boolean }): string {
  return interfaceMembers(file, name, options)
    .map((member) => `| \`${member.name}\`${member.isOptional ? ' (optional)' : ''} | ${typeOf(member.type)} | ${cell(withoutTags(member.text))} |`)
    .join('\n');
}

/** A type that goes on over lines is told by its comment. */
function typeOf(type: string): string {
  return type === '' || type.endsWith('(') || type.endsWith('{') ? '' : `\`${cell(type)}\``;
}

function withoutTags(text: string): string {
  return text
    .replaceAll(/\s*@(?:returns|throws|param)\b/g, ' ')
    .replaceAll(/\{@link (?<name>[^}]+)\}/g, '`$<name>`')
    .trim();
}

function channelOf(event: string): string {
  const found = Object.entries(CHANNELS).find(([name]) => name === event);
  if (found === undefined) throw new Error(`event "${event}" has no channel`);
  return found[1];
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

function seconds(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}

const SETTINGS = 'packages/runtime/src/process/settings.ts';
const PROTECTION = 'packages/runtime/src/protection.ts';
const CHANNELS_FILE = 'packages/runtime/src/life/channels.ts';
