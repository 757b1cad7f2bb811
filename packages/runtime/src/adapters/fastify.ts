import type { FastifyPluginAsync } from 'fastify';
import { protect, type ProtectOptions } from '../protect.ts';
import type { Lifecycle } from '../protection.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The life of this process: hooks, tracked work, the *draining* and *stop* signals. */
    readonly life: Lifecycle;
  }
}

/**
 * Fastify plugin. Drains the server first and calls `app.close()` after the last answer: so `onClose` hooks (where plugins end their database connections)
 * come after the requests that need them, and nobody gets the 503 that a closing Fastify answers with.
 *
 * @throws SpotproofError as `protect()` does, when the app becomes ready.
 *
 * @example
 * await app.register(spotproof, { stopTimeoutSeconds: 120 });
 * await app.listen({ port: 8080, host: '0.0.0.0' });
 */
export const spotproof: FastifyPluginAsync<ProtectOptions> = Object.assign(
  async function spotproof(app: Parameters<FastifyPluginAsync<ProtectOptions>>[0], options: ProtectOptions): Promise<void> {
    const life = protect(app.server, options);
    app.decorate('life', life);
    life.hook('fastify', () => app.close());
  },
  // Fastify's own marks: for the whole app, not for a context of its own.
  { [Symbol.for('skip-override')]: true, [Symbol.for('plugin-meta')]: { name: '@spotproof/runtime', fastify: '>=5' } },
);
