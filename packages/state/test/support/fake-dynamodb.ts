import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  InvalidExpression,
  checkPaths,
  checkUsed,
  holds,
  namesOf,
  updated,
  type FakeItem,
  type FakeValue,
  type Placeholders,
} from './fake-dynamodb-expressions.ts';

/**
 * DynamoDB over HTTP, in the memory of this process, as far as a store of claims uses it, and for what dynalite lacks: transactions, the item that a refused
 * condition met, time to live. Where both can do it they are compared: fake-dynamodb.contract.test.ts.
 */
export class FakeDynamodb implements AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly #server: Server;
  readonly #tables: Map<string, Table>;

  private constructor(server: Server, port: number, tables: Map<string, Table>) {
    this.#server = server;
    this.#tables = tables;
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<FakeDynamodb> {
    const tables = new Map<string, Table>();
    const server = createServer((request, response) => void answer(tables, request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was given');
    return new FakeDynamodb(server, address.port, tables);
  }

  /** What DynamoDB does within days: removes each item whose time to live is over at `now`, in milliseconds. Gives their keys. */
  removeExpired(table: string, now: number): readonly string[] {
    const { items, expiry } = this.#tables.get(table) ?? fail('ResourceNotFoundException', `no table ${table}`);
    const over = [...items].filter(([, item]) => {
      const at = expiry === undefined ? undefined : item[expiry];
      return at !== undefined && 'N' in at && Number(at.N) * 1000 <= now;
    });
    for (const [key] of over) items.delete(key);
    return over.map(([key]) => key);
  }

  /** The item as it is on the wire. */
  item(table: string, key: string): FakeItem | undefined {
    return this.#tables.get(table)?.items.get(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

interface Table {
  readonly description: CreateTable;
  /** By partition key: tables with a sort key are not made here. */
  readonly items: Map<string, FakeItem>;
  expiry: string | undefined;
}

interface CreateTable {
  readonly TableName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string; readonly KeySchema: readonly { readonly AttributeName: string }[] }[];
}

/** What the calls have in common; each uses some of it. */
interface Input {
  readonly TableName: string;
  readonly Item: FakeItem;
  readonly Key: FakeItem;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, FakeValue>>;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly IndexName?: string;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: FakeItem;
  readonly ConsistentRead?: boolean;
  readonly TransactItems?: readonly Readonly<Partial<Record<'Put' | 'Update' | 'Delete' | 'ConditionCheck', Input>>>[];
  readonly TimeToLiveSpecification?: { readonly AttributeName: string; readonly Enabled: boolean };
}

class ServiceError extends Error {
  readonly type: string;
  readonly more: object;

  constructor(type: string, message: string, more: object = {}) {
    super(message);
    this.type = type;
    this.more = more;
  }
}

async function answer(tables: Map<string, Table>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  try {
    const call = CALLS[name] ?? fail('UnknownOperationException', name);
    const output = call(tables, JSON.parse(Buffer.concat(chunks).toString()) as Input);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(output));
  } catch (error) {
    const { type, message, more } = error instanceof ServiceError ? error : toServiceError(error);
    response
      .writeHead(type === 'InternalServerError' ? 500 : 400, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more }));
  }
}

function toServiceError(error: unknown): ServiceError {
  const message = error instanceof Error ? error.message : String(error);
  return new ServiceError(error instanceof InvalidExpression ? 'ValidationException' : 'InternalServerError', message);
}

const CALLS: Readonly<Record<string, (tables: Map<string, Table>, input: Input) => object>> = {
  CreateTable(tables, input) {
    const description = input as unknown as CreateTable;
    if (description.KeySchema.length > 1) fail('ValidationException', 'this fake knows tables without a sort key');
    tables.set(description.TableName, { description, items: new Map(), expiry: undefined });
    return { TableDescription: { ...description, TableStatus: 'ACTIVE' } };
  },

  DescribeTable(tables, input) {
    const { description, items } = tableOf(tables, input);
    const indexes = description.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
    return { Table: { ...description, GlobalSecondaryIndexes: indexes, TableStatus: 'ACTIVE', ItemCount: items.size } };
  },

  UpdateTimeToLive(tables, input) {
    const table = tableOf(tables, input);
    const { TimeToLiveSpecification } = input;
    table.expiry = TimeToLiveSpecification?.Enabled === true ? TimeToLiveSpecification.AttributeName : undefined;
    return { TimeToLiveSpecification };
  },

  DescribeTimeToLive(tables, input) {
    const { expiry } = tableOf(tables, input);
    return {
      TimeToLiveDescription: expiry === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName: expiry },
    };
  },

  GetItem(tables, input) {
    const table = tableOf(tables, input);
    const Item = table.items.get(keyOf(table, input.Key));
    return Item === undefined ? {} : { Item };
  },

  PutItem: (tables, input) => written(tables, [{ Put: input }], input)[0] ?? {},
  UpdateItem: (tables, input) => written(tables, [{ Update: input }], input)[0] ?? {},
  DeleteItem: (tables, input) => written(tables, [{ Delete: input }], input)[0] ?? {},

  TransactWriteItems(tables, { TransactItems = [] }) {
    if (TransactItems.length === 0 || TransactItems.length > 100) fail('ValidationException', 'TransactItems must have 1 to 100 items');
    written(tables, TransactItems);
    return {};
  },

  Query(tables, input) {
    const table = tableOf(tables, input);
    const { KeyConditionExpression = '' } = input;
    if (input.ConsistentRead === true) fail('ValidationException', 'Consistent reads are not supported on global secondary indexes');
    const index = table.description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === input.IndexName);
    const [hash, range] = index?.KeySchema.map(({ AttributeName }) => AttributeName) ?? fail('ValidationException', 'no such index');
    checkUsed([KeyConditionExpression, input.FilterExpression, input.ProjectionExpression], placeholdersOf(input));
    const order = (item: FakeItem): readonly [number, string] => [numberOf(item[range ?? '']), keyOf(table, item)];
    const found = [...table.items.values()]
      .filter((item) => (hash ?? '') in item && (range ?? '') in item && holds(KeyConditionExpression, item, placeholdersOf(input)))
      .toSorted((a, b) => compareOrders(order(a), order(b)));
    const { ExclusiveStartKey: start } = input;
    const rest = start === undefined ? found : found.filter((item) => compareOrders(order(item), order(start)) > 0);
    const page = rest.slice(0, input.Limit ?? Infinity);
    const last = page.at(-1);
    const keys = [table.description.KeySchema[0]?.AttributeName ?? '', hash ?? '', range ?? ''];
    // Like DynamoDB, which says that there may be more where a page is just full.
    const isFull = page.length === input.Limit && last !== undefined;
    return { Items: page, Count: page.length, ...(isFull ? { LastEvaluatedKey: pick(last, keys) } : {}) };
  },

  Scan(tables, input) {
    const table = tableOf(tables, input);
    const { FilterExpression, ProjectionExpression, ExclusiveStartKey } = input;
    const placeholders = placeholdersOf(input);
    checkUsed([FilterExpression, ProjectionExpression], placeholders);
    const keys = [...table.items.keys()].toSorted();
    const start = ExclusiveStartKey === undefined ? undefined : keyOf(table, ExclusiveStartKey);
    const rest = start === undefined ? keys : keys.filter((key) => key > start);
    // A page has a megabyte at most; here it has fewer, so that there are pages.
    const page = rest.slice(0, Math.min(input.Limit ?? ITEMS_A_PAGE, ITEMS_A_PAGE));
    const items = page.map((key) => table.items.get(key) ?? fail('InternalServerError', key));
    const matching = items.filter((item) => FilterExpression === undefined || holds(FilterExpression, item, placeholders));
    const names = ProjectionExpression === undefined ? undefined : namesOf(ProjectionExpression, placeholders);
    const last = items.at(-1);
    const more =
      page.length < rest.length && last !== undefined ? { LastEvaluatedKey: pick(last, [table.description.KeySchema[0]?.AttributeName ?? '']) } : {};
    return { Items: names === undefined ? matching : matching.map((item) => pick(item, names)), ...more };
  },
};

/** All of them or none. @param alone The call, where it is not a transaction. */
function written(
  tables: Map<string, Table>,
  acts: readonly Readonly<Partial<Record<'Put' | 'Update' | 'Delete' | 'ConditionCheck', Input>>>[],
  alone?: Input,
): readonly object[] {
  const plans = acts.map((act) => {
    const [[kind, input] = fail('ValidationException', 'an item without an act')] = Object.entries(act);
    const table = tableOf(tables, input);
    const key = keyOf(table, kind === 'Put' ? input.Item : input.Key);
    const before = table.items.get(key);
    const placeholders = placeholdersOf(input);
    checkUsed([input.ConditionExpression, input.UpdateExpression], placeholders);
    checkPaths(input.UpdateExpression ?? '', placeholders);
    const isAllowed = input.ConditionExpression === undefined || holds(input.ConditionExpression, before ?? {}, placeholders);
    const after = isAllowed ? afterAct(kind, input, before) : before;
    if (after !== undefined && sizeOf(after) > LARGEST_ITEM_BYTES)
      fail('ValidationException', 'Item size to update has exceeded the maximum allowed size');
    return { table, key, before, after, isAllowed, input };
  });
  const itemIfAsked = ({ before, input }: (typeof plans)[number]): object =>
    input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before !== undefined ? { Item: before } : {};
  const [first] = plans;
  if (alone !== undefined && first !== undefined && !first.isAllowed) {
    throw new ServiceError('ConditionalCheckFailedException', 'The conditional request failed', itemIfAsked(first));
  }
  if (plans.some(({ isAllowed }) => !isAllowed)) {
    const CancellationReasons = plans.map((plan) => (plan.isAllowed ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', ...itemIfAsked(plan) }));
    const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
    throw new ServiceError(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      {
        CancellationReasons,
      },
    );
  }
  if (new Set(plans.map(({ table, key }) => `${table.description.TableName} ${key}`)).size < plans.length) {
    fail('ValidationException', 'Transaction request cannot include multiple operations on one item');
  }
  return plans.map(({ table, key, before, after, input }) => {
    if (after === undefined) table.items.delete(key);
    else table.items.set(key, after);
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: after };
    return input.ReturnValues === 'ALL_OLD' && before !== undefined ? { Attributes: before } : {};
  });
}

function afterAct(kind: string, input: Input, before: FakeItem | undefined): FakeItem | undefined {
  if (kind === 'Put') return input.Item;
  if (kind === 'Delete') return undefined;
  if (kind === 'ConditionCheck') return before;
  return updated(input.UpdateExpression ?? '', { ...before, ...input.Key }, placeholdersOf(input));
}

function tableOf(tables: Map<string, Table>, { TableName }: Input): Table {
  return tables.get(TableName) ?? fail('ResourceNotFoundException', 'Requested resource not found');
}

function keyOf({ description }: Table, item: FakeItem): string {
  const value = item[description.KeySchema[0]?.AttributeName ?? ''];
  return value !== undefined && 'S' in value && value.S !== ''
    ? value.S
    : fail('ValidationException', 'The provided key element does not match the schema');
}

function placeholdersOf({ ExpressionAttributeNames, ExpressionAttributeValues }: Input): Placeholders {
  return { names: ExpressionAttributeNames, values: ExpressionAttributeValues };
}

function pick(item: FakeItem, names: readonly string[]): FakeItem {
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

function compareOrders([a, keyA]: readonly [number, string], [b, keyB]: readonly [number, string]): number {
  return a - b || (keyA < keyB ? -1 : keyA === keyB ? 0 : 1);
}

function numberOf(value: FakeValue | undefined): number {
  return value !== undefined && 'N' in value ? Number(value.N) : 0;
}

/** Names and values; a number has about half as many bytes as digits. */
function sizeOf(item: FakeItem): number {
  return Object.entries(item).reduce((size, [name, value]) => {
    const bytes = 'B' in value ? Buffer.byteLength(value.B, 'base64') : 'S' in value ? Buffer.byteLength(value.S) : Math.ceil(value.N.length / 2) + 1;
    return size + Buffer.byteLength(name) + bytes;
  }, 0);
}

function fail(type: string, message: string): never {
  throw new ServiceError(type, message);
}

const LARGEST_ITEM_BYTES = 400 * 1024;
const ITEMS_A_PAGE = 250;
