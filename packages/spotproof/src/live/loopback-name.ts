/** True for a `Host` header that names this machine's loopback, with any port: it may be reached through a forwarded one. */
export function isLoopbackName(host: string | undefined): boolean {
  return host !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
}
