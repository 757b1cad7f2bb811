import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { protectNest } from '@spotproof/runtime/nest';
import { AppModule } from './app.module.mjs';

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
protectNest(app);

await app.listen(Number(process.env.PORT ?? 3000), '0.0.0.0');
console.log(`listening ${app.getHttpServer().address().port}`);
