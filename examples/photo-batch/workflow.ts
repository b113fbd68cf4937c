/**
 * Photo batch: thumbnails of a whole album, made in parallel by all workers, and then counted. Fan-out and fan-in are one
 * line each: `map` starts every activity, `whenAll` waits for them.
 */
import { activity, orchestrator, whenAll } from "dacapo";

export interface Thumbnail {
  readonly photo: string;
  readonly bytes: number;
}

/** Stands for a call of an image service. */
export const makeThumbnail = activity("makeThumbnail", (_ctx, photo: string): Thumbnail => {
  return { photo, bytes: 100 * photo.length };
});

export const processAlbum = orchestrator("processAlbum", function* (ctx, photos: readonly string[]) {
  const retry = { maxNumberOfAttempts: 3, firstRetryInterval: { seconds: 10 } };
  const thumbnails = yield* whenAll(photos.map((photo) => ctx.callActivity(makeThumbnail, photo, { retry })));
  return { photos: thumbnails.length, bytes: thumbnails.reduce((sum, { bytes }) => sum + bytes, 0) };
});
