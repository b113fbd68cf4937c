/**
 * An album of 30 photos on three workers. However often a thumbnail has to be made again, it is stored once and counted
 * once, because every delivery and every retry of one call carries the same idempotency key.
 */
import { scenario } from "@dacapo/simulator";
import { makeThumbnail, processAlbum, type Thumbnail } from "./workflow.ts";

const photos = Array.from({ length: 30 }, (_, index) => `photo-${index + 1}.jpg`);
/** Of different sizes, so that a sum with one too many or too few of them differs. */
const sizeOf = (photo: string): number => 2 ** photos.indexOf(photo);
const bytesOfAll = 2 ** photos.length - 1;

export default scenario("photo batch", {
  register: [processAlbum, makeThumbnail],
  workers: 3,
  outside: (world) => ({
    attempts: world.ledger<{ readonly photo: string }>("attempts"),
    thumbnails: world.ledger<Thumbnail>("thumbnails"),
  }),
  mocks: ({ attempts, thumbnails }) => ({
    makeThumbnail: async (ctx, photo) => {
      await attempts.append({ photo });
      const thumbnail = { photo, bytes: sizeOf(photo) };
      await thumbnails.appendOnce(ctx.idempotencyKey, thumbnail);
      return thumbnail;
    },
  }),
  async clients({ client }) {
    await client.scheduleNewOrchestration(processAlbum, photos);
  },
  always: {
    "a photo has one thumbnail": ({ thumbnails }) => thumbnails.countBy("photo").every((count) => count === 1),
    "an album is counted when all of its thumbnails are there": ({ hub, thumbnails }) =>
      hub.outputs().length === 0 || thumbnails.entries().length === photos.length,
    "no thumbnail is left out of the sum, or counted twice": ({ hub }) =>
      hub.outputs().every((output) => {
        const sum = output as { readonly photos: number; readonly bytes: number };
        return sum.photos === photos.length && sum.bytes === bytesOfAll;
      }),
  },
  eventually: {
    "the album is done": ({ hub }) => hub.instances().every((instance) => instance.isTerminal),
  },
  sometimes: {
    "the album is counted": ({ hub }) => hub.outputs().length > 0,
    "a photo is worked on twice": ({ attempts }) => attempts.countBy("photo").some((count) => count > 1),
  },
});
