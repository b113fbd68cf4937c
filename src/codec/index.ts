/**
 * `dacapo/codec`: payloads encrypted, compressed or off-loaded, whatever the store.
 */
export { gzip, type GzipOptions } from "./gzip.ts";
export { withCodec } from "./with-codec.ts";
export { withOffloading, type OffloadingOptions } from "./with-offloading.ts";
export type { PayloadCodec } from "../ports/payload-codec.ts";
export type { PayloadStore, StoredPayload } from "../ports/payload-store.ts";
