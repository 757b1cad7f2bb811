import type { ProtectableServer } from '../http/protectable-server.ts';
import { sharedLifecycle } from '../life/shared.ts';
import { protect, type ProtectOptions } from '../protect.ts';
import type { Lifecycle } from '../protection.ts';

/** What is used of a Nest application, on Express or Fastify. */
export interface ClosableNestApplication {
  getHttpServer(): ProtectableServer;
  close(signal?: string): Promise<void>;
  enableShutdownHooks(...rest: never[]): unknown;
}

/**
 * Drains a Nest application first and closes it after the last answer. `onModuleDestroy`, `beforeApplicationShutdown` and `onApplicationShutdown` therefore
 * all run when no request needs your resources any more. With `enableShutdownHooks()` Nest would run the first of them the moment SIGTERM comes, while
 * requests are still being served: a call that came before is taken back, one that comes later is ignored and named in the report.
 *
 * @throws SpotproofError as `protect()` does.
 *
 * @example
 * const app = await NestFactory.create(AppModule);
 * protectNest(app);
 * await app.listen(8080);
 */
export function protectNest(app: ClosableNestApplication, options: ProtectOptions = {}): Lifecycle {
  const life = protect(app.getHttpServer(), options);
  life.hook('nest', () => app.close('SIGTERM'));
  const ignored = 'enableShutdownHooks() was ignored: Nest would close your resources under requests in flight. Take the call out.';
  // A call that came before: this is protected, and the only way to take it back.
  if ('unsubscribeFromProcessSignals' in app && typeof app.unsubscribeFromProcessSignals === 'function') app.unsubscribeFromProcessSignals();
  // Not by assignment, which the proxy that Nest hands out swallows.
  Object.defineProperty(app, 'enableShutdownHooks', {
    configurable: true,
    value: () => {
      sharedLifecycle().warn(ignored);
      return app;
    },
  });
  return life;
}
