export { inspectRecord, type Inspection, type InspectedPayload } from './inspect-record.ts';
