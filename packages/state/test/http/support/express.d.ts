/** The part of Express that these tests use; its own types are a package of their own. */
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  namespace express {
    interface Request extends IncomingMessage {
      readonly originalUrl: string;
      readonly body: unknown;
    }
    interface Response extends ServerResponse {
      status(status: number): this;
      set(name: string, value: string | string[]): this;
      send(body: unknown): this;
    }
    type NextFunction = (error?: unknown) => void;
    type Handler =
      | ((request: Request, response: Response, next: NextFunction) => unknown)
      | ((error: unknown, request: Request, response: Response, next: NextFunction) => unknown);
    interface Application {
      (request: IncomingMessage, response: ServerResponse): void;
      use(...handlers: Handler[]): this;
    }
    function text(options: { type(): boolean; limit: string }): Handler;
  }
  function express(): express.Application;
  export = express;
}
