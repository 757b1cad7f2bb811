/** Target states of Elastic Load Balancing (`TargetHealthStateEnum`) as far as an Application Load Balancer has them. */
export type HealthState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';
