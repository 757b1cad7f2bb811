export { hasToken, headerValue } from './header-lookup.ts';
export { createRequestFramer } from './request-framer.ts';
export { createResponseFramer } from './response-framer.ts';
export type {
  Framer,
  FramerHandler,
  FramerOptions,
  Framing,
  FramingError,
  MessageHead,
  RawHeaders,
  RequestHead,
  ResponseFramer,
  ResponseHead,
} from './types.ts';
