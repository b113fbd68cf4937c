/**
 * Travel saga: hotel, flight and car are booked one after the other at services that share no transaction. When one
 * cannot be had, what was booked is cancelled in reverse order, so that a trip is booked as a whole or not at all.
 */
import { activity, orchestrator, type RetryHandler, type RetryPolicy } from "dacapo";

export interface Trip {
  readonly id: string;
  readonly city: string;
}

export const services = ["hotel", "flight", "car"] as const;
export type Service = (typeof services)[number];
export type Booking = Trip & { readonly service: Service };

/** Stands for a call of the service. One that is sold out throws. */
export const book = activity("book", (ctx, { id, service }: Booking) => {
  ctx.log.info({ trip: id, service }, "Booked.");
});

/** The same. To cancel what was never booked is no error. */
export const cancel = activity("cancel", (ctx, { id, service }: Booking) => {
  ctx.log.info({ trip: id, service }, "Cancelled.");
});

const twice: RetryPolicy = { maxNumberOfAttempts: 2, firstRetryInterval: { seconds: 5 } };
const untilItWorks: RetryHandler = () => ({ minutes: 1 });

export const bookTrip = orchestrator("bookTrip", function* (ctx, trip: Trip) {
  const toCancel: Booking[] = [];
  try {
    for (const service of services) {
      const booking = { ...trip, service };
      // Before it is tried: a booking that failed may still have reached the service.
      toCancel.unshift(booking);
      yield* ctx.callActivity(book, booking, { retry: twice });
    }
    return "booked";
  } catch {
    for (const booking of toCancel) yield* ctx.callActivity(cancel, booking, { retry: untilItWorks });
    return "cancelled";
  }
});
