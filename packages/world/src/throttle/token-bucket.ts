/** How a token bucket fills: it holds at most `burst`, and gains `perSecond` each second. */
export interface TokenBucketLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** How full a bucket was at an instant. A value: {@link takeToken} returns the next one. */
export interface TokenBucket {
  readonly tokens: number;
  readonly at: number;
}

export interface TakenToken {
  readonly bucket: TokenBucket;
  readonly taken: boolean;
  /** How long until a token can be taken; 0 when one was. */
  readonly retryAfterMs: number;
}

export function fullBucket(limit: TokenBucketLimit, now: number): TokenBucket {
  return { tokens: limit.burst, at: now };
}

/** Takes one token, when there is a whole one. */
export function takeToken(bucket: TokenBucket, limit: TokenBucketLimit, now: number): TakenToken {
  const tokens = Math.min(limit.burst, bucket.tokens + (Math.max(0, now - bucket.at) * limit.perSecond) / 1000);
  // A thousandth is what rounding may have cost a token that is due exactly now.
  if (tokens >= 0.999) return { bucket: { tokens: Math.max(0, tokens - 1), at: now }, taken: true, retryAfterMs: 0 };
  return { bucket: { tokens, at: now }, taken: false, retryAfterMs: Math.ceil(((1 - tokens) * 1000) / limit.perSecond) };
}
