import type { Call, Expected } from '../../packages/spotproof/test/cloud/conformance/call.ts';
import { CALLS } from '../../packages/spotproof/test/cloud/conformance/calls/all.ts';
import { cliLine } from '../../packages/spotproof/test/cloud/conformance/cli-line.ts';

/** The page of the calls that the local cloud is held to, as one types them for the AWS CLI. */
export function renderCloudCalls(): string {
  const count = CALLS.reduce((sum, { calls }) => sum + calls.length, 0);
  const groups = CALLS.map(
    ({ title, calls }) => `## ${title}

| call | answer | what AWS says |
|---|---|---|
${calls.map(row).join('\n')}
`,
  );
  return `<!-- Made from packages/spotproof/test/cloud/conformance by \`npm run docs\`. Do not edit by hand. -->
# Calls that the local cloud is held to

${count} calls of ECS, Elastic Load Balancing, EventBridge, Application Auto Scaling, SQS and DynamoDB, with the answer that AWS documents. The tests make every one of them, in this order,
with the AWS SDK for JavaScript against one \`spotproof cloud\`. Here they stand as one types them in bash for the AWS CLI, with \`AWS_ENDPOINT_URL\` set as \`spotproof cloud\` prints it, and \`PORT\` set to
a free port. What an answer does not show may be anything.

- **differs** marks where this cloud answers otherwise than AWS, and how AWS would.
- **by the client** marks a refusal that CLI and boto3 give themselves, before they send anything; the SDK for JavaScript sends the call, and the code is the answer.
- \`aws sqs\` of CLI version 1 needs \`--endpoint-url\`: it does not look at \`AWS_ENDPOINT_URL\`.
- A container with a port mapping counts as running here once it listens; on AWS, as soon as its process has started.
- Where the system allows it, a container is the first process of its task, as on Fargate: a program without a handler does not hear SIGTERM then, and ends by SIGKILL (137).

${groups.join('\n')}`;
}

function row(call: Call): string {
  return `| ${code(cliLine(call))} | ${answer(call)} | ${cell(call.fact)}${call.differs === undefined ? '' : ` **differs:** ${cell(call.differs)}`} |`;
}

function answer({ expect, until, refusedByCli }: Call): string {
  if ('refused' in expect) return `refused: ${code(expect.refused)}${refusedByCli === true ? ', **by the client**' : ''}`;
  const shown = show(expect.answer);
  return `${shown === '{}' ? 'done' : code(shown)}${until === true ? ', after a while' : ''}`;
}

function show(expected: Expected): string {
  if (expected === null) return 'absent';
  if (expected instanceof RegExp) return String(expected);
  if (Array.isArray(expected)) return `[${expected.map(show).join(', ')}]`;
  if (typeof expected !== 'object') return JSON.stringify(expected);
  const members = Object.entries(expected).map(([name, member]) => `${name}: ${show(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return fence + cell(text) + fence;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
