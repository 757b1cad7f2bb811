import { Server, ServerCredentials } from '@grpc/grpc-js';
import { protectGrpc } from '@spotproof/runtime/grpc';
import { HealthImplementation } from 'grpc-health-check';
import { openPool } from '../support/pool.mjs';
import { ordersService } from './orders.mjs';

const pool = openPool();
const server = new Server();
server.addService(ordersService, {
  async get(call, callback) {
    try {
      callback(null, await pool.query(call.request.id, call.request.ms));
    } catch (error) {
      callback(error);
    }
  },
});
const health = new HealthImplementation({ '': 'SERVING' });
health.addToServer(server);

protectGrpc(server, { health }).hook('database', () => pool.end());
server.bindAsync(`0.0.0.0:${process.env.PORT ?? 50051}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`listening ${port}`);
});
