/** One call with the answer that AWS documents. The tests make it with the SDK; the page docs/reference/cloud-calls.md shows it for the CLI. */
export interface Call {
  readonly call: `${CloudServiceName} ${string}`;
  /** A text such as `$QUEUE` stands for what an earlier call has saved. */
  readonly input: object;
  readonly expect: Expectation;
  /** What AWS says of it, and where. */
  readonly fact: string;
  /** Names for later calls, with the path to their values in the answer. */
  readonly save?: Readonly<Record<string, string>>;
  /** It takes a while until the answer is so. */
  readonly until?: true;
  /** CLI and boto3 know the range or the missing member themselves and send nothing. */
  readonly refusedByCli?: true;
  /** Where this cloud answers otherwise than AWS, and how AWS would. */
  readonly differs?: string;
}

export type CloudServiceName = 'ecs' | 'elbv2' | 'events' | 'application-autoscaling' | 'sqs' | 'dynamodb';

export type Expectation = { readonly answer: Expected } | Refusal;

/** The code is that of the wire, which the CLI prints; the JavaScript SDK has another name for some, often with `Exception` at the end. */
export interface Refusal {
  readonly refused: string;
  readonly message: RegExp;
  readonly sdkName?: string;
}

/** What must be in the answer: members that are not named may be anything, lists have their length, `null` stands for a member that is not there. */
export type Expected = string | number | boolean | null | RegExp | readonly Expected[] | { readonly [member: string]: Expected };

export interface CallGroup {
  readonly title: string;
  readonly calls: readonly Call[];
}
