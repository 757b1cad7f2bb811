// A task of Step Functions that goes on until it is told to stop, and ends as one of AWS Batch would.
import { SFN } from '@aws-sdk/client-sfn';
import { createLifecycle } from '../../../runtime/src/index.ts';
import { batchExitCode } from '../../src/presets/batch.ts';
import { runTask } from '../../src/presets/step-functions.ts';

const { ENDPOINT = '', TASK_TOKEN = '' } = process.env;
const sfn = new SFN({
  region: 'us-east-1',
  endpoint: ENDPOINT,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  disableHostPrefix: true,
});
const { outcome } = await runTask({ sfn, taskToken: TASK_TOKEN, lifecycle: createLifecycle() }, async ({ signal }) => {
  console.log('works');
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      process.exitCode = batchExitCode(signal.reason);
      reject(new Error('stopped'));
    });
  });
});
console.log('outcome', outcome);
