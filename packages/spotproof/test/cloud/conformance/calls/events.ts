import type { Call, CallGroup } from '../call.ts';

/** The notice as the developer guide shows it today, cut to what patterns ask for. */
const NOTICE = {
  version: '0',
  id: '9bcdac79-b31f-4d3d-9410-fbd727c29fab',
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  account: '111122223333',
  time: '2026-01-23T17:57:58Z',
  region: 'us-east-1',
  resources: ['arn:aws:ecs:us-east-1:111122223333:task/web/1'],
  detail: {
    clusterArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/web',
    desiredStatus: 'STOPPED',
    lastStatus: 'RUNNING',
    group: 'service:api',
    stopCode: 'SpotInterruption',
    stoppedReason: 'Your Spot Task was interrupted.',
  },
};
/** What a notice looked like in 2021, as users reported. */
const NOTICE_WITHOUT_CODE = { ...NOTICE, detail: { ...NOTICE.detail, stopCode: undefined } };
const ARTICLE = {
  source: ['aws.fargate'],
  'detail-type': ['Fargate Task State Change'],
  detail: { lastStatus: ['STOPPING'], stopCode: ['ClientException'] },
};
const LITERAL_STAR = { source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'], detail: { clusterArn: ['*'], stopCode: ['SpotInterruption'] } };
const RIGHT = {
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: {
    desiredStatus: ['STOPPED'],
    $or: [{ stopCode: ['SpotInterruption', 'TerminationNotice'] }, { stoppedReason: [{ prefix: 'Your Spot Task was interrupted' }] }],
  },
};

export const EVENTS: CallGroup = {
  title: 'Events, their rules and targets',
  calls: [
    tested(RIGHT, NOTICE, true, 'Developer guide, task state change events: the sample of a Spot notice'),
    tested(RIGHT, NOTICE_WITHOUT_CODE, true, 'containers-roadmap 1565: stopCode may be missing, so that the reason decides'),
    tested(ARTICLE, NOTICE, false, 'User guide, patterns: all named fields must match; ECS speaks as aws.ecs, not as aws.fargate'),
    tested(LITERAL_STAR, NOTICE, false, 'User guide, patterns: "*" is a text like any other'),
    tested(
      { detail: { clusterArn: [{ wildcard: 'arn:aws:ecs:*:cluster/web' }] } },
      NOTICE,
      true,
      'User guide, comparison operators: a wildcard has an operator of its own',
    ),
    tested({ detail: { stopCode: [{ exists: false }] } }, NOTICE_WITHOUT_CODE, true, 'User guide, comparison operators: exists'),
    tested({ detail: { lastStatus: [{ 'anything-but': ['STOPPED'] }] } }, NOTICE, true, 'User guide, comparison operators: anything-but'),
    {
      call: 'events TestEventPattern',
      input: { EventPattern: '{"source":"aws.ecs"}', Event: JSON.stringify(NOTICE) },
      expect: { refused: 'InvalidEventPatternException', message: /pattern is not valid/ },
      fact: 'User guide, patterns: values stand in lists',
    },
    {
      call: 'events TestEventPattern',
      input: { EventPattern: '{"source":["aws.ecs"]}', Event: 'no JSON' },
      expect: { refused: 'ValidationException', message: /not valid JSON/ },
      fact: 'API reference, TestEventPattern: the event is JSON',
    },
    {
      call: 'events PutRule',
      input: { Name: 'interruptions', EventPattern: JSON.stringify(RIGHT) },
      expect: { answer: { RuleArn: 'arn:aws:events:us-east-1:111122223333:rule/interruptions' } },
      fact: 'API reference, PutRule',
    },
    {
      call: 'events PutRule',
      input: { Name: 'article', EventPattern: JSON.stringify(ARTICLE) },
      expect: { answer: { RuleArn: /rule\/article$/ } },
      fact: 'A rule that can never match is taken without a word',
    },
    {
      call: 'events PutRule',
      input: { Name: 'nothing' },
      expect: { refused: 'ValidationException', message: /EventPattern or ScheduleExpression/ },
      fact: 'API reference, PutRule: an event pattern or a schedule is needed',
    },
    {
      call: 'events PutRule',
      input: { Name: 'elsewhere', EventBusName: 'mine', EventPattern: '{"source":["shop"]}' },
      expect: { refused: 'ResourceNotFoundException', message: /Event bus mine does not exist/ },
      fact: 'API reference, PutRule: the bus must be there. Here only the default one is',
    },
    {
      call: 'events PutRule',
      input: { Name: 'nightly', ScheduleExpression: 'rate(1 day)' },
      expect: { refused: 'ValidationException', message: /Schedules are not run here/ },
      fact: 'API reference, PutRule: a rule may have a schedule',
      differs: 'AWS runs it; here a rule needs an event pattern.',
    },
    {
      call: 'events PutRule',
      input: { Name: 'bad', EventPattern: '{"source":' },
      expect: { refused: 'InvalidEventPatternException', message: /pattern is not valid/ },
      fact: 'API reference, InvalidEventPatternException',
    },
    {
      call: 'events PutRule',
      input: { Name: 'bad', EventPattern: '{"detail":{"stopCode":[{"prefixx":"Spot"}]}}' },
      expect: { refused: 'InvalidEventPatternException', message: /pattern is not valid/ },
      fact: 'User guide, comparison operators: an unknown one is refused',
    },
    {
      call: 'events PutRule',
      input: { Name: 'bad name', EventPattern: '{"source":["aws.ecs"]}' },
      expect: { refused: 'ValidationException', message: /regular expression pattern/ },
      fact: 'Service model, RuleName: letters, numbers, dots, hyphens and underscores',
    },
    {
      call: 'events PutTargets',
      input: { Rule: 'nothing', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:events' }] },
      expect: { refused: 'ResourceNotFoundException', message: /Rule nothing does not exist/ },
      fact: 'API reference, ResourceNotFoundException',
    },
    {
      call: 'events PutTargets',
      input: { Rule: 'interruptions', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:events' }] },
      expect: { answer: { FailedEntryCount: 0, FailedEntries: [] } },
      fact: 'API reference, PutTargets',
    },
    {
      call: 'events PutTargets',
      input: { Rule: 'article', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:events' }] },
      expect: { answer: { FailedEntryCount: 0 } },
      fact: 'API reference, PutTargets',
    },
    {
      call: 'events PutTargets',
      input: { Rule: 'interruptions', Targets: [{ Id: 'f', Arn: 'arn:aws:lambda:us-east-1:111122223333:function:handler' }] },
      expect: { refused: 'ValidationException', message: /Only queues can be targets here/ },
      fact: 'User guide, targets: a Lambda function',
      differs: 'AWS calls the function; here a rule ends in a queue.',
    },
    {
      call: 'events PutTargets',
      input: {
        Rule: 'interruptions',
        Targets: [
          {
            Id: 't',
            Arn: 'arn:aws:sqs:us-east-1:111122223333:events',
            InputTransformer: { InputPathsMap: { task: '$.detail.taskArn' }, InputTemplate: '"<task> is going"' },
          },
        ],
      },
      expect: { refused: 'ValidationException', message: /InputTransformer of target t is not served here/ },
      fact: 'User guide, input transformation',
      differs: 'AWS makes a text of the event; here a target has it as it is, or Input, or a part of it by InputPath.',
    },
    {
      call: 'events PutTargets',
      input: { Rule: 'interruptions', Targets: [{ Arn: 'arn:aws:sqs:us-east-1:111122223333:events' }] },
      expect: { refused: 'ValidationException', message: /Id.*must not be null/i },
      fact: 'Service model, Target: Id is required',
      refusedByCli: true,
    },
    {
      call: 'events DescribeRule',
      input: { Name: 'interruptions' },
      expect: { answer: { Name: 'interruptions', State: 'ENABLED', EventBusName: 'default', EventPattern: /SpotInterruption/ } },
      fact: 'API reference, DescribeRule: enabled unless said otherwise',
    },
    {
      call: 'events DescribeRule',
      input: { Name: 'nothing' },
      expect: { refused: 'ResourceNotFoundException', message: /does not exist/ },
      fact: 'API reference, ResourceNotFoundException',
    },
    {
      call: 'events ListRules',
      input: { NamePrefix: 'inter' },
      expect: { answer: { Rules: [{ Name: 'interruptions' }] } },
      fact: 'API reference, ListRules',
    },
    {
      call: 'events ListTargetsByRule',
      input: { Rule: 'interruptions' },
      expect: { answer: { Targets: [{ Id: 'q', Arn: /:events$/ }] } },
      fact: 'API reference, ListTargetsByRule; what was refused is not there',
    },
    {
      call: 'events DisableRule',
      input: { Name: 'interruptions' },
      expect: { answer: {} },
      fact: 'API reference, DisableRule',
    },
    {
      call: 'events DescribeRule',
      input: { Name: 'interruptions' },
      expect: { answer: { State: 'DISABLED' } },
      fact: 'API reference, DescribeRule',
    },
    { call: 'events EnableRule', input: { Name: 'interruptions' }, expect: { answer: {} }, fact: 'API reference, EnableRule' },
    {
      call: 'events PutEvents',
      input: { Entries: [{ Source: 'aws.ecs', DetailType: 'ECS Task State Change', Detail: JSON.stringify(NOTICE.detail) }] },
      expect: { answer: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'NotAuthorizedForSourceException' }] } },
      fact: 'API reference, PutEvents: sources that begin with aws. are for AWS; the call itself succeeds',
    },
    {
      call: 'events PutEvents',
      input: { Entries: [{ Source: 'mine', DetailType: 'test', Detail: 'no JSON' }] },
      expect: { answer: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] } },
      fact: 'API reference, PutEventsResultEntry: MalformedDetail',
    },
    {
      call: 'events PutEvents',
      input: { Entries: [{ Source: 'mine', Detail: '{}' }] },
      expect: { answer: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InvalidArgument' }] } },
      fact: 'API reference, PutEventsRequestEntry: an entry without its detail type is refused, not the call',
    },
    {
      call: 'events PutEvents',
      input: { Entries: Array.from({ length: 11 }, () => ({ Source: 'mine', DetailType: 'test', Detail: '{}' })) },
      expect: { refused: 'ValidationException', message: /less than or equal to 10/ },
      fact: 'Service model, PutEventsRequestEntryList: 10 entries at most',
    },
    {
      call: 'events PutRule',
      input: { Name: 'own', EventPattern: '{"source":["mine"]}' },
      expect: { answer: { RuleArn: /rule\/own$/ } },
      fact: "API reference, PutRule: a source of one's own",
    },
    {
      call: 'events PutTargets',
      input: { Rule: 'own', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:events', Input: '{"rehearsal":true}' }] },
      expect: { answer: { FailedEntryCount: 0 } },
      fact: 'API reference, Target: Input replaces the event',
    },
    {
      call: 'events PutEvents',
      input: { Entries: [{ Source: 'mine', DetailType: 'test', Detail: JSON.stringify(NOTICE.detail) }] },
      expect: { answer: { FailedEntryCount: 0, Entries: [{ EventId: /.+/ }] } },
      fact: 'API reference, PutEvents',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE', WaitTimeSeconds: 2 },
      expect: { answer: { Messages: [{ Body: '{"rehearsal":true}' }] } },
      fact: 'The queue is reached by that rule alone',
    },
    { call: 'sqs PurgeQueue', input: { QueueUrl: '$QUEUE' }, expect: { answer: {} }, fact: 'API reference, PurgeQueue' },
    {
      call: 'events DeleteRule',
      input: { Name: 'own' },
      expect: { refused: 'ValidationException', message: /has targets/ },
      fact: 'API reference, DeleteRule: its targets must be removed before',
    },
    {
      call: 'events RemoveTargets',
      input: { Rule: 'own', Ids: ['q'] },
      expect: { answer: { FailedEntryCount: 0 } },
      fact: 'API reference, RemoveTargets',
    },
    { call: 'events DeleteRule', input: { Name: 'own' }, expect: { answer: {} }, fact: 'API reference, DeleteRule' },
    {
      call: 'events DeleteRule',
      input: { Name: 'own' },
      expect: { answer: {} },
      fact: 'API reference, DeleteRule: to delete what is not there is no error',
    },
  ],
};

function tested(pattern: object, event: object, isMatch: boolean, fact: string): Call {
  return {
    call: 'events TestEventPattern',
    input: { EventPattern: JSON.stringify(pattern), Event: JSON.stringify(event) },
    expect: { answer: { Result: isMatch } },
    fact,
  };
}
