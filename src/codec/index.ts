/**
 * `dacapo/codec`: payloads encrypted or compressed at rest, whatever the store.
 */
export { gzip, type GzipOptions } from "./gzip.ts";
export { withCodec } from "./with-codec.ts";
export type { PayloadCodec } from "../ports/payload-codec.ts";
