import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const MODULE = import.meta.resolve('@spotproof/controller/lambda');
/** As the Lambda developer guide has it, "Using Lambda with Amazon SQS". */
const SQS_SAMPLE = {
  Records: [
    {
      messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
      receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...',
      body: 'Test message.',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1545082649183' },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:my-queue',
      awsRegion: 'us-east-2',
    },
  ],
};
const SNS_SAMPLE = { Records: [{ EventVersion: '1.0', EventSource: 'aws:sns', Sns: { MessageId: '1', Message: 'Hello from SNS!' } }] };
const FOREIGN = { source: 'aws.ec2', 'detail-type': 'EC2 Instance State-change Notification' };

test('the function names missing units, gives back the message of the documented sample, spends an empty batch and a foreign event, and fails what is neither', async () => {
  const { answers, lines } = await invoke([SQS_SAMPLE, SQS_SAMPLE, { Records: [] }, FOREIGN, SNS_SAMPLE, null]);

  assert.deepEqual(answers, [
    'SPOTPROOF_CONFIG_INVALID',
    { batchItemFailures: [{ itemIdentifier: '059f36b4-87a3-44ab-83d2-661975830a7d' }] },
    { batchItemFailures: [] },
    { batchItemFailures: [] },
    'SPOTPROOF_CLOUD',
    'SPOTPROOF_CLOUD',
  ]);
  assert.deepEqual(
    lines.map(({ why }) => why),
    ['not-json', 'foreign', 'malformed', 'malformed'],
  );
});

async function invoke(
  events: readonly unknown[],
): Promise<{ readonly answers: unknown; readonly lines: readonly Readonly<Record<string, unknown>>[] }> {
  const code = `import { handler } from ${JSON.stringify(MODULE)};
    const answers = [];
    for (const event of ${JSON.stringify(events)}) {
      answers.push(await handler(event).catch((error) => error.code ?? String(error)));
      process.env.SPOTPROOF_UNITS = '[{"cluster":"web","primary":"api","twin":"api-fallback","maxFallback":4}]';
    }
    process.stderr.write(JSON.stringify(answers));`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@spotproof/source', '--input-type=module', '-e', code], {
    env: { ...process.env, SPOTPROOF_UNITS: '', AWS_REGION: 'us-east-2', NODE_OPTIONS: '' },
  });
  return {
    answers: JSON.parse(stderr),
    lines: stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line)),
  };
}
