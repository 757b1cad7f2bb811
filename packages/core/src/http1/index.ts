export type { Framer, FramerHandler, FramerOptions, Framing, FramingError, RawHeaders, RequestHead, ResponseFramer, ResponseHead } from './types.ts';
