/** A task's id as people read it: the first eight digits where it has 32, as on AWS; others as they are. */
export function shortTaskId(taskId: string): string {
  return /^[0-9a-f]{32}$/.test(taskId) ? taskId.slice(0, 8) : taskId;
}
