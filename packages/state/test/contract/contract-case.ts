import type { CaseContext } from './case-context.ts';

/** One promise of every store, as data: so that a test can also run it against a store that is known to break it. */
export interface ContractCase {
  /** A claim that could be false. */
  readonly name: string;
  readonly needs?: 'a clock that can be moved' | 'transactions';
  readonly run: (context: CaseContext) => Promise<void>;
}
