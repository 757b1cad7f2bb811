export { RedisServer } from '../../../../../test/support/redis-server.ts';
