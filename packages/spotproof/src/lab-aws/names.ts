/** What the service of a run and everything about it is called on the local AWS. */
export const CLUSTER = 'lab';
export const PRIMARY = 'app';
/** On-Demand, in the same target group: what the controller falls back to. */
export const TWIN = 'app-fallback';
export const CONTAINER = 'app';
/** Of the container as ECS names it; on this machine each task has a port of its own. */
export const CONTAINER_PORT = 8080;
/** All the processes stand on one machine, so one zone is as many as there are. */
export const ZONE = 'us-east-1a';
export const QUEUE = 'ecs-events';
