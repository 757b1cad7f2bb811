import path from 'node:path';
import { arn } from '../cloud/account.ts';
import type { Cloud } from '../cloud/create-cloud.ts';
import { DEFAULT_ACCOUNT } from '../cloud/options.ts';
import { LabChild } from '../lab/child-process.ts';
import { labFailure } from '../lab/ending.ts';
import type { Lab } from '../lab/lab.ts';
import { environmentWithoutAws } from '../lab/tasks/inherited-env.ts';
import type { ControllerCommand, ControllerReport } from './controller-protocol.ts';
import { textAt } from './create-service.ts';
import { CLUSTER, PRIMARY, QUEUE, TWIN } from './names.ts';

/** The capacity controller as a worker beside the run: a process of its own that knows no more of the cloud than its endpoint. */
export class RunningController {
  readonly #child: LabChild<ControllerCommand, ControllerReport>;
  #hasDecided = false;

  private constructor({ options, ending, changes, listener }: Lab, cloud: Cloud, modulePath: string) {
    const fail = (message: string): void => ending.fail(labFailure('controller-failed', message));
    const logPath = path.join(options.runDirectory, 'controller.log');
    this.#child = new LabChild({
      modulePath,
      logPath,
      env: { ...environmentWithoutAws(), ...cloud.environment },
      onReport: (report: ControllerReport) => {
        if (report.type === 'failed') return fail(`The controller failed: ${report.message}`);
        this.#hasDecided = true;
        listener.onProgress({ type: 'controller', at: report.at, decision: report.decision });
        changes.notify();
      },
      onEnd: (how) => fail(`The controller ended by itself (${how}); ${logPath} may say why.`),
    });
  }

  /** Resolves when it has looked at the service for the first time. */
  static async start(lab: Lab, cloud: Cloud, modulePath: string): Promise<RunningController> {
    const queueUrl = await createQueue(cloud);
    const controller = new RunningController(lab, cloud, modulePath);
    controller.#child.send({ type: 'start', units: [unit(lab.options.tasks)], queueUrl, endpoint: cloud.url, region: cloud.region });
    try {
      const { signal } = lab.ending;
      const hasDecided = await lab.changes.until(() => controller.#hasDecided, { budgetMs: FIRST_DECISION_MS, signal });
      if (!hasDecided) lab.ending.fail(labFailure('controller-failed', `The controller decided nothing within ${FIRST_DECISION_MS / 1000} s.`));
      signal.throwIfAborted();
    } catch (error) {
      await controller.close(0);
      throw error;
    }
    return controller;
  }

  close(graceMs: number): Promise<void> {
    return this.#child.end(graceMs);
  }
}

/** The queue that the controller works on, and the rule that fills it. */
async function createQueue(cloud: Cloud): Promise<string> {
  const queueUrl = textAt(await cloud.call('Amazon SQS', 'CreateQueue', { QueueName: QUEUE }), 'QueueUrl');
  await cloud.call('Amazon EventBridge', 'PutRule', { Name: QUEUE, EventPattern: JSON.stringify({ source: ['aws.ecs'] }) });
  const queueArn = arn({ id: DEFAULT_ACCOUNT, region: cloud.region }, 'sqs', QUEUE);
  await cloud.call('Amazon EventBridge', 'PutTargets', { Rule: QUEUE, Targets: [{ Id: 'controller', Arn: queueArn }] });
  return queueUrl;
}

/** Its releases are quick: minutes of waiting would show nothing new in a run of seconds. */
function unit(tasks: number): object {
  return { cluster: CLUSTER, primary: PRIMARY, twin: TWIN, maxFallback: tasks, stableForSeconds: 0, releaseIntervalSeconds: 1 };
}

const FIRST_DECISION_MS = 20_000;
