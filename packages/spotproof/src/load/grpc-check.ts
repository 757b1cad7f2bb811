import type { Judgement } from './answer-check.ts';
import type { GrpcSpec } from './request-spec.ts';

export interface GrpcAnswer {
  readonly httpStatus: number;
  /** From the trailers, or from the head when there is nothing else; undefined when none came. */
  readonly grpcStatus: number | undefined;
  readonly grpcMessage: string | undefined;
  readonly messages: number;
}

/** What a complete answer to a gRPC call is worth. A client reads 502, 503 and 504 as UNAVAILABLE ("HTTP to gRPC Status Code Mapping"). */
export function judgeCall(spec: GrpcSpec, { httpStatus, grpcStatus, grpcMessage, messages }: GrpcAnswer): Judgement {
  if (httpStatus !== 200) {
    const meaning = [429, 502, 503, 504].includes(httpStatus) ? ', which is UNAVAILABLE to the caller' : '';
    return { outcome: 'bad-status', detail: `expected 200 and a gRPC status, got ${httpStatus}${meaning}` };
  }
  if (grpcStatus === undefined) return { outcome: 'garbage', detail: 'expected a gRPC status in the trailers, got none' };
  if (!spec.status.includes(grpcStatus)) {
    const said = grpcMessage === undefined || grpcMessage === '' ? '' : ` (${grpcMessage.slice(0, 100)})`;
    return { outcome: 'bad-status', detail: `expected gRPC status ${spec.status.join(' or ')}, got ${grpcStatus}${said}` };
  }
  const [least, most] = spec.messages ?? [0, Infinity];
  if (messages < least || messages > most) return { outcome: 'wrong-body', detail: `expected ${least} to ${most} messages, got ${messages}` };
  return { outcome: 'answered', detail: undefined };
}
