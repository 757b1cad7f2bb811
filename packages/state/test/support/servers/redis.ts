export { RedisServer, type RedisServerOptions } from '../../../../../test/support/redis-server.ts';
