// The example's module in an app that calls enableShutdownHooks() as well. Environment: WHEN=before or after the app is protected; PLATFORM=express or fastify.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { protectNest } from '@spotproof/runtime/nest';
import { AppModule } from '../../../../../examples/nest/app.module.mjs';

const adapter = process.env.PLATFORM === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(AppModule, adapter, { logger: false });
if (process.env.WHEN === 'before') app.enableShutdownHooks();
protectNest(app);
if (process.env.WHEN === 'after') app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`listening ${app.getHttpServer().address().port}`);
