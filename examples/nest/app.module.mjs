import { Controller, Get, Module, Param, Query } from '@nestjs/common';
import { openPool } from '../support/pool.mjs';

/** Ends with the module: the hook in which most Nest apps disconnect. */
class Database {
  pool = openPool();

  async onModuleDestroy() {
    await this.pool.end();
  }
}

class Orders {
  constructor(database) {
    this.database = database;
  }

  async find(id, ms) {
    return await this.database.pool.query(id, Number(ms ?? 0));
  }
}

// oxlint-disable-next-line typescript/no-extraneous-class -- modules are empty classes in Nest
export class AppModule {}

// What `@Controller('orders')` and the other decorators do in TypeScript.
Controller('orders')(Orders);
Get(':id')(Orders.prototype, 'find', Object.getOwnPropertyDescriptor(Orders.prototype, 'find'));
Param('id')(Orders.prototype, 'find', 0);
Query('ms')(Orders.prototype, 'find', 1);
Reflect.defineMetadata('design:paramtypes', [Database], Orders);
Module({ controllers: [Orders], providers: [Database] })(AppModule);
