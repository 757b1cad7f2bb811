/**
 * The events of Amazon ECS on EventBridge, by the field names of AWS (ECS developer guide, "Amazon ECS events"). Plain data. Times are ISO 8601 text.
 */
export type CloudEvent = TaskStateChangeEvent | ServiceActionEvent | DeploymentStateChangeEvent;

interface Envelope<DetailType extends string, Detail> {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': DetailType;
  readonly source: 'aws.ecs';
  readonly account: string;
  /** Whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Detail;
}

export type TaskStateChangeEvent = Envelope<'ECS Task State Change', TaskStateChangeDetail>;
export type ServiceActionEvent = Envelope<'ECS Service Action', ServiceActionDetail>;
export type DeploymentStateChangeEvent = Envelope<'ECS Deployment State Change', DeploymentStateChangeDetail>;

export interface TaskStateChangeDetail {
  readonly attachments: readonly {
    readonly id: string;
    readonly type: 'eni';
    readonly status: string;
    readonly details: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly availabilityZone: string;
  /** Absent for a task of a service with a launch type. */
  readonly capacityProviderName?: string;
  readonly clusterArn: string;
  readonly connectivity?: 'CONNECTED';
  readonly connectivityAt?: string;
  readonly containers: readonly {
    readonly containerArn: string;
    readonly lastStatus: string;
    readonly name: string;
    readonly image: string;
    readonly runtimeId: string;
    readonly taskArn: string;
    readonly networkInterfaces: readonly { readonly attachmentId: string; readonly privateIpv4Address: string }[];
    readonly cpu: string;
    /** Only once the container has ended. */
    readonly exitCode?: number;
  }[];
  readonly cpu: string;
  readonly memory: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly stoppingAt?: string;
  readonly executionStoppedAt?: string;
  readonly stoppedAt?: string;
  readonly updatedAt: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: string;
  /** `service:NAME`, or `family:NAME` for a task without a service. */
  readonly group: string;
  readonly launchType: 'FARGATE';
  readonly overrides: { readonly containerOverrides: readonly { readonly name: string }[] };
  readonly platformVersion: string;
  /** The id of the deployment, for a task of a service. */
  readonly startedBy?: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  /** The same for a copy of the event, higher for a later change. */
  readonly version: number;
}

/** It has no version: nothing but `createdAt` tells which of two came first. */
export interface ServiceActionDetail {
  readonly eventType: 'INFO' | 'WARN' | 'ERROR';
  readonly eventName: ServiceActionName;
  readonly clusterArn: string;
  readonly capacityProviderArns?: readonly string[];
  readonly reason?: string;
  readonly createdAt: string;
}

export type ServiceActionName =
  | 'SERVICE_STEADY_STATE'
  | 'CAPACITY_PROVIDER_STEADY_STATE'
  | 'TASKS_STARTED'
  | 'TASKS_STOPPED'
  | 'SERVICE_REBALANCING_STARTED'
  | 'SERVICE_REBALANCING_COMPLETED'
  | 'SERVICE_TASK_START_IMPAIRED'
  | 'SERVICE_TASK_PLACEMENT_FAILURE';

export interface DeploymentStateChangeDetail {
  readonly eventType: 'INFO' | 'ERROR';
  readonly eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS' | 'SERVICE_DEPLOYMENT_COMPLETED' | 'SERVICE_DEPLOYMENT_FAILED';
  readonly deploymentId: string;
  readonly updatedAt: string;
  readonly reason: string;
}
