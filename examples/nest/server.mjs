import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { protectNest } from '@spotproof/runtime/nest';
import { AppModule } from './app.module.mjs';

const app = await NestFactory.create(AppModule, { logger: false });
protectNest(app);

await app.listen(Number(process.env.PORT ?? 3000));
console.log(`listening ${app.getHttpServer().address().port}`);
