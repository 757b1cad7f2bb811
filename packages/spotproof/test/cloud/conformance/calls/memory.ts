import type { CallGroup } from '../call.ts';

const KEY = { pk: { S: 'web/api' } };
const VERSION_IS_ONE = {
  ConditionExpression: '#v = :was',
  UpdateExpression: 'SET #v = :next',
  ExpressionAttributeNames: { '#v': 'version' },
  ExpressionAttributeValues: { ':was': { N: '1' }, ':next': { N: '2' } },
};

export const MEMORY: CallGroup = {
  title: 'A table for what a controller remembers',
  calls: [
    {
      call: 'dynamodb CreateTable',
      input: {
        TableName: 'memory',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
      expect: { answer: { TableDescription: { TableName: 'memory', TableStatus: /CREATING|ACTIVE/ } } },
      fact: 'API reference, CreateTable: asynchronous',
    },
    {
      call: 'dynamodb DescribeTable',
      input: { TableName: 'memory' },
      expect: { answer: { Table: { TableStatus: 'ACTIVE' } } },
      until: true,
      fact: 'API reference, DescribeTable: usable once it is ACTIVE',
    },
    {
      call: 'dynamodb CreateTable',
      input: {
        TableName: 'memory',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
      expect: { refused: 'ResourceInUseException', message: /^/ },
      fact: 'API reference, ResourceInUseException',
    },
    {
      call: 'dynamodb PutItem',
      input: { TableName: 'memory', Item: { ...KEY, version: { N: '1' } }, ConditionExpression: 'attribute_not_exists(pk)' },
      expect: { answer: {} },
      fact: 'Developer guide, condition expressions: only if nobody was first',
    },
    {
      call: 'dynamodb PutItem',
      input: { TableName: 'memory', Item: { ...KEY, version: { N: '1' } }, ConditionExpression: 'attribute_not_exists(pk)' },
      expect: { refused: 'ConditionalCheckFailedException', message: /conditional request failed/i },
      fact: 'API reference, ConditionalCheckFailedException: the second writer loses',
    },
    {
      call: 'dynamodb GetItem',
      input: { TableName: 'memory', Key: KEY, ConsistentRead: true },
      expect: { answer: { Item: { pk: { S: 'web/api' }, version: { N: '1' } } } },
      fact: 'API reference, GetItem: a strongly consistent read',
    },
    {
      call: 'dynamodb UpdateItem',
      input: { TableName: 'memory', Key: KEY, ...VERSION_IS_ONE, ReturnValues: 'ALL_NEW' },
      expect: { answer: { Attributes: { version: { N: '2' } } } },
      fact: 'API reference, UpdateItem: ReturnValues',
    },
    {
      call: 'dynamodb UpdateItem',
      input: { TableName: 'memory', Key: KEY, ...VERSION_IS_ONE },
      expect: { refused: 'ConditionalCheckFailedException', message: /conditional request failed/i },
      fact: 'Developer guide, optimistic locking with a version number',
    },
    {
      call: 'dynamodb GetItem',
      input: { TableName: 'memory', Key: { pk: { S: 'nothing' } } },
      expect: { answer: { Item: null } },
      fact: 'API reference, GetItem: no item is no error',
    },
    {
      call: 'dynamodb GetItem',
      input: { TableName: 'nothing', Key: KEY },
      expect: { refused: 'ResourceNotFoundException', message: /./ },
      fact: 'API reference, ResourceNotFoundException',
    },
    {
      call: 'dynamodb PutItem',
      input: { TableName: 'memory', Item: { version: { N: '1' } } },
      expect: { refused: 'ValidationException', message: /key/i },
      fact: 'API reference, PutItem: the key is required',
    },
    {
      call: 'dynamodb DeleteItem',
      input: { TableName: 'memory', Key: { pk: { S: 'nothing' } } },
      expect: { answer: {} },
      fact: 'API reference, DeleteItem: idempotent',
    },
    {
      call: 'dynamodb DeleteTable',
      input: { TableName: 'memory' },
      expect: { answer: { TableDescription: { TableName: 'memory' } } },
      fact: 'API reference, DeleteTable',
    },
  ],
};
