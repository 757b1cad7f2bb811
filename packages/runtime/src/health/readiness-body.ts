import type { CheckView, ReadinessView } from '@spotproof/core/health';

/** What the readiness path answers: the status and each check by name. Without the text of errors, unless that was asked for. */
export function readinessBody(view: ReadinessView, options: { readonly status: string; readonly showErrors: boolean }): string {
  const checks = Object.fromEntries(Object.entries(view.checks).map(([name, check]) => [name, checkBody(check, options.showErrors)]));
  return `${JSON.stringify({ status: options.status, checks })}\n`;
}

function checkBody({ status, required, shared, durationMs, ageMs, error }: CheckView, showErrors: boolean): object {
  return {
    status,
    ...(required ? {} : { required }),
    ...(shared ? { shared } : {}),
    ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }),
    ...(ageMs === undefined ? {} : { ageMs: Math.round(ageMs) }),
    ...(showErrors && error !== undefined ? { error } : {}),
  };
}
