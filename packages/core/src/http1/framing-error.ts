import type { FramingError } from './types.ts';

/** A framing error with the status that its code calls for on the request side, unless another is given. */
export const framingError = (code: FramingError['code'], message: string, status: number = STATUS[code]): FramingError => ({ code, status, message });

const STATUS: Readonly<Record<FramingError['code'], number>> = {
  'bad-start-line': 400,
  'bad-version': 505,
  'bad-header': 400,
  'head-too-large': 431,
  'target-too-long': 414,
  'bad-content-length': 400,
  'conflicting-length': 400,
  'bad-transfer-encoding': 400,
  'bad-chunk': 400,
  'unexpected-message': 400,
  'ended-in-head': 400,
  'ended-in-body': 400,
};
