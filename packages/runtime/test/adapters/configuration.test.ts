import 'reflect-metadata';
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import Fastify from 'fastify';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import { createLifecycle, type LifecycleEvents } from '@spotproof/runtime';
import { spotproof } from '@spotproof/runtime/fastify';
import { protectNest } from '@spotproof/runtime/nest';
import { protectSocketIo } from '@spotproof/runtime/socket.io';
import { protectWebSockets, type ClosableWebSocket, type WebSocketOptions } from '@spotproof/runtime/ws';

// That this file compiles shows that each door takes what its framework hands out.

test('an option for WebSockets that cannot be meant is refused by name', () => {
  const sockets = new WebSocketServer({ noServer: true });
  const wrong: readonly (readonly [string, unknown])[] = [
    ['code', 1000],
    ['reason', 'x'.repeat(124)],
    ['reason', 'ä'.repeat(62)],
    ['spreadMs', -1],
    ['spreadMs', Number.NaN],
    ['beforeClose', 'bye'],
  ];

  for (const [name, value] of wrong) {
    const options = { [name]: value } as WebSocketOptions<ClosableWebSocket>;
    assert.throws(() => protectWebSockets(sockets, LIFE, options), refused(name), `${name} ${String(value)}`);
  }
  assert.doesNotThrow(() => protectWebSockets(sockets, LIFE, { code: 1001, reason: 'x'.repeat(123), spreadMs: 0 }));
});

test('a WebSocket server that keeps no list of its clients is refused', () => {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false });

  assert.throws(() => protectWebSockets(sockets, LIFE), refused('server'));
});

test('an option for Socket.IO that cannot be meant is refused by name', () => {
  const io = new Server(createServer());

  assert.throws(() => protectSocketIo(io, LIFE, { spreadMs: -1 }), refused('spreadMs'));
  assert.doesNotThrow(() => protectSocketIo(io, LIFE, { code: 1001 }));
});

test('the Fastify plugin gives the life of the process to the whole app, and says by name which option is wrong', async () => {
  await using app = Fastify();
  await using wrong = Fastify();

  await app.register(spotproof, { signals: false });

  assert.equal(app.life.phase, 'serving');
  await assert.rejects(async () => await wrong.register(spotproof, { readinessPath: 'ready' }), refused('readinessPath'));
});

test('a stop timeout under the name that ECS gives it is refused, and not passed over', () => {
  for (const name of ['stopTimeout', 'stopTimeoutMs', 'balancerIdleTimeout']) assert.throws(() => createLifecycle({ [name]: 120 }), refused(name));
});

test('a Nest app gets the life of the process', async () => {
  // oxlint-disable-next-line typescript/no-extraneous-class -- modules are empty classes in Nest
  class Empty {}
  Module({})(Empty);
  const app: INestApplication = await NestFactory.create(Empty, { logger: false });

  assert.equal(protectNest(app, { signals: false }).phase, 'serving');
  await app.close();
});

/** One that nobody ends. */
const LIFE = { events: new EventEmitter<LifecycleEvents>(), phase: 'serving', stop: new AbortController().signal } as const;

function refused(option: string): { readonly code: string; readonly message: RegExp } {
  return { code: 'SPOTPROOF_CONFIG_INVALID', message: new RegExp(`^${option} must be`) };
}
