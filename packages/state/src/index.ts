export { MemoryStore, type MemoryStoreOptions } from './stores/memory/memory-store.ts';
export type {
  ClaimStore,
  ClaimSummary,
  Durability,
  ListPage,
  ListQuery,
  Request,
  StoreCapabilities,
  StoreCheck,
  TransactionalStore,
} from './store.ts';
export type * from './protocol/index.ts';
