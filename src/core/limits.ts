/**
 * Every numeric limit of the core, in one place, with its unit in the name.
 */

/** A custom status may take this many bytes of UTF-8 (Durable Functions' own limit). */
export const CUSTOM_STATUS_BYTES_MAX = 16 * 1024;

/** One serialised payload (input, output, event, result) may take this many bytes of UTF-8, by default. */
export const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

/** From this many events on, a history is reported to be long, by default. */
export const HISTORY_EVENTS_WARN = 20_000;

/** An execution's history may have this many events, by default. */
export const HISTORY_EVENTS_MAX = 100_000;

/** An error's chain of causes is recorded down to this depth. */
export const FAILURE_CAUSES_MAX = 16;

/** One recorded failure holds at most this many errors, causes and members of aggregates together. */
export const FAILURE_ERRORS_MAX = 256;

/** The longest instance id, orchestrator name, activity name or event name, in UTF-16 code units. */
export const NAME_LENGTH_MAX = 256;

/** A consumed message is not redelivered later than this (contract G10), unless the hub says otherwise. */
export const REDELIVERY_HORIZON_MS = 30 * 60 * 1000;

/** At most this many messages of an instance are handed out at once; the rest makes it ready again. */
export const BATCH_MESSAGES_MAX = 1000;

/** The last instant that a JavaScript `Date` can name, in milliseconds since the epoch. */
export const TIME_MS_MAX = 8.64e15;

/** A durable HTTP call that is not told when to ask again waits this long (Durable Functions' own default). */
export const HTTP_POLL_INTERVAL_MS = 30 * 1000;

/** One HTTP request may take this long, by default. */
export const HTTP_TIMEOUT_MS = 100 * 1000;

/** An HTTP request follows this many redirects, as browsers do. */
export const HTTP_REDIRECTS_MAX = 20;
