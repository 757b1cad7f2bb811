// The example's module in an app that calls enableShutdownHooks() as well. Environment: WHEN=before or after the app is protected.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { protectNest } from '@spotproof/runtime/nest';
import { AppModule } from '../../../../../examples/nest/app.module.mjs';

const app = await NestFactory.create(AppModule, { logger: false });
if (process.env.WHEN === 'before') app.enableShutdownHooks();
protectNest(app);
if (process.env.WHEN === 'after') app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`listening ${app.getHttpServer().address().port}`);
