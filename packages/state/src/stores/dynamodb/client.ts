/**
 * As much of `DynamoDB` of @aws-sdk/client-dynamodb as is used. Note: `DynamoDB` has a method for each call; `DynamoDBClient`, which it extends, has not.
 */
export interface DynamodbClient {
  putItem(input: PutInput, options?: CallOptions): Promise<unknown>;
  updateItem(input: UpdateInput, options?: CallOptions): Promise<{ readonly Attributes?: Item | undefined }>;
  deleteItem(input: DeleteInput, options?: CallOptions): Promise<unknown>;
  getItem(input: GetInput, options?: CallOptions): Promise<{ readonly Item?: Item | undefined }>;
  query(input: QueryInput, options?: CallOptions): Promise<FoundItems>;
  scan(input: ScanInput, options?: CallOptions): Promise<FoundItems>;
  transactWriteItems(input: { TransactItems: TransactItem[] | undefined }, options?: CallOptions): Promise<unknown>;
  describeTable(input: { TableName: string }, options?: CallOptions): Promise<{ readonly Table?: TableDescription | undefined }>;
  describeTimeToLive(
    input: { TableName: string },
    options?: CallOptions,
  ): Promise<{
    readonly TimeToLiveDescription?: { readonly TimeToLiveStatus?: string | undefined; readonly AttributeName?: string | undefined } | undefined;
  }>;
}

export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** Of an attribute only one of them is there. The store writes no others. */
export interface Value {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: Uint8Array | undefined;
}

export type Item = Readonly<Record<string, Value>>;

export interface Conditional {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, WrittenValue>;
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

export type WrittenValue = { readonly S: string } | { readonly N: string } | { readonly B: Uint8Array };
export type WrittenItem = Record<string, WrittenValue>;

export interface PutInput extends Conditional {
  TableName: string;
  Item: WrittenItem;
}

export interface UpdateInput extends Conditional {
  TableName: string;
  Key: WrittenItem;
  UpdateExpression: string;
  ReturnValues?: 'ALL_NEW';
}

export interface DeleteInput extends Conditional {
  TableName: string;
  Key: WrittenItem;
}

export interface GetInput {
  TableName: string;
  Key: WrittenItem;
  ConsistentRead: true;
}

export interface ScanInput {
  TableName: string;
  ConsistentRead?: true;
  FilterExpression?: string;
  ProjectionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, WrittenValue>;
  ExclusiveStartKey?: WrittenItem;
}

export interface QueryInput extends Omit<ScanInput, 'ConsistentRead'> {
  IndexName: string;
  KeyConditionExpression: string;
  Limit: number;
}

/** `Put`, `Update`, `Delete` or `ConditionCheck`, as the SDK's `TransactWriteItem`. */
export interface TransactItem {
  readonly Put?: object | undefined;
  readonly Update?: object | undefined;
  readonly Delete?: object | undefined;
  readonly ConditionCheck?: object | undefined;
}

interface FoundItems {
  readonly Items?: readonly Item[] | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
}

export interface TableDescription {
  readonly TableStatus?: string | undefined;
  readonly KeySchema?: readonly KeyElement[] | undefined;
  readonly AttributeDefinitions?: readonly { readonly AttributeName?: string | undefined; readonly AttributeType?: string | undefined }[] | undefined;
  readonly GlobalSecondaryIndexes?:
    | readonly {
        readonly IndexName?: string | undefined;
        readonly IndexStatus?: string | undefined;
        readonly KeySchema?: readonly KeyElement[] | undefined;
        readonly Projection?: { readonly ProjectionType?: string | undefined; readonly NonKeyAttributes?: readonly string[] | undefined } | undefined;
      }[]
    | undefined;
  readonly Replicas?: readonly { readonly RegionName?: string | undefined }[] | undefined;
}

interface KeyElement {
  readonly AttributeName?: string | undefined;
  readonly KeyType?: string | undefined;
}
