/** What a target group speaks to its targets. */
export interface TargetGroupProtocol {
  /** TCP: for Network Load Balancers; the others for Application Load Balancers. */
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** Undefined for TCP. */
  readonly protocolVersion: 'HTTP1' | 'HTTP2' | 'GRPC' | undefined;
}
