// A gRPC server with JSON as its encoding. Environment: WAY is protect, auto or none; TLS_CERT and TLS_KEY are PEM, for TLS.
import grpc from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { subscribe } from 'node:diagnostics_channel';
import { protectGrpc } from '@spotproof/runtime/grpc';

const say = (...words) => console.log(...words);
const json = { requestSerialize: encode, requestDeserialize: decode, responseSerialize: encode, responseDeserialize: decode };
const server = new grpc.Server();
server.addService(
  {
    echo: { path: '/demo.Echo/Echo', requestStream: false, responseStream: false, ...json },
    wait: { path: '/demo.Echo/Wait', requestStream: false, responseStream: false, ...json },
    count: { path: '/demo.Echo/Count', requestStream: false, responseStream: true, ...json },
  },
  {
    echo(call, callback) {
      say('call', call.request.text);
      callback(null, call.request);
    },
    wait(call, callback) {
      say('started', call.request.text);
      setTimeout(() => callback(null, call.request), call.request.ms);
    },
    count(call) {
      say('started', 'count');
      let n = 0;
      const timer = setInterval(() => {
        call.write({ n: (n += 1) });
        if (n === call.request.to) {
          clearInterval(timer);
          call.end();
        }
      }, call.request.everyMs);
      call.on('cancelled', () => clearInterval(timer));
    },
  },
);
const health = new HealthImplementation({ '': 'SERVING', 'demo.Echo': 'SERVING' });
health.addToServer(server);
const life = process.env.WAY === 'protect' ? protectGrpc(server, { health, healthServices: ['', 'demo.Echo'] }) : undefined;
life?.stop.addEventListener('abort', () => say('stop', life.stop.reason.code));
subscribe('spotproof:drain:phase', ({ phase, afterMs }) => say('phase', phase, Math.round(afterMs)));
if (process.env.WAY === 'auto') {
  process.on('SIGTERM', () => {
    say('handler ran');
    server.tryShutdown((error) => {
      say('shut down', error?.message ?? 'without error');
      process.exit(0);
    });
  });
}
const { TLS_CERT, TLS_KEY } = process.env;
const credentials =
  TLS_CERT === undefined
    ? grpc.ServerCredentials.createInsecure()
    : grpc.ServerCredentials.createSsl(null, [{ private_key: Buffer.from(TLS_KEY), cert_chain: Buffer.from(TLS_CERT) }]);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  say('listening', port);
});

function encode(value) {
  return Buffer.from(JSON.stringify(value));
}

function decode(bytes) {
  return JSON.parse(bytes.toString());
}
