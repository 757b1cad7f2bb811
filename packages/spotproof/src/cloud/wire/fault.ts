/** A refusal, as AWS words it. */
export class CloudFault extends Error {
  /** Such as `ClusterNotFoundException`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
