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
export type { BlobStore } from './blobs/blob-store.ts';
export { createFileBlobs, type FileBlobs, type FileBlobsOptions } from './blobs/files.ts';
export { createS3Blobs, type S3BlobsOptions, type S3Calls } from './blobs/s3.ts';
export { jsonCodec, type Codec } from './payload/index.ts';
export { CHANNELS, type LossCause, type StateEvents } from './channels.ts';
export type { Claim } from './claim/claim.ts';
export {
  once,
  onceInTransaction,
  type KeyPart,
  type KeyParts,
  type OnceFunction,
  type OnceInTransactionOptions,
  type OnceOptions,
} from './once/index.ts';
export { defineJob, type AnyJob, type Job, type JobDefinition, type OlderCheckpoint } from './jobs/job.ts';
export { enqueue, type EnqueueOptions } from './jobs/enqueue.ts';
export { readJob, type JobStatus } from './jobs/read-job.ts';
export { runJobs, type Worker, type WorkerOptions } from './jobs/worker.ts';
export type { JobContext } from './jobs/job-context.ts';
export { lead, type Candidate, type LeadOptions } from './lease/lead.ts';
export { lease, type Lease, type LeaseOptions } from './lease/lease.ts';
