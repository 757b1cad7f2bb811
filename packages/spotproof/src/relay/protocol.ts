/** What the lab tells the relay of one task, over the IPC channel. The process ends when the channel closes. */
export type RelayCommand =
  /** Listen on a free port of loopback and pass everything on to `port`; answered by `listening`. */
  | { readonly type: 'start'; readonly port: number }
  /** Answered by `began`. A fault that is under way is replaced. */
  | { readonly type: 'begin'; readonly fault: RelayFault }
  /** Transparent again; answered by `ended`. */
  | { readonly type: 'end' };

/**
 * `hang` requests are swallowed: taken in, and nothing ever comes back · `5xx` each new request is answered with a 500, the app never sees it ·
 * `slow` whatever the app says comes `delayMs` later.
 */
export type RelayFault = { readonly kind: 'hang' } | { readonly kind: '5xx' } | { readonly kind: 'slow'; readonly delayMs: number };

/** What the relay tells the lab. `at` is epoch milliseconds with fractions. */
export type RelayReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'began'; readonly at: number }
  | { readonly type: 'ended'; readonly at: number }
  | { readonly type: 'failed'; readonly message: string };
