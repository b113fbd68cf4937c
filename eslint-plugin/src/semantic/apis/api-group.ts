/**
 * What one entry of the API table says: which names of which packages are which hazard.
 *
 * Invariant: words and types alone. The data is in the files beside this one, `apis.ts` joins it, `api-table.ts` reads it.
 */

/** What makes an API unfit for an orchestrator; a rule of the plugin belongs to each. */
export const HAZARDS = [
  "clock",
  "random",
  "timer",
  "io",
  "environment",
  "host",
  "log",
  "promise",
  "gc",
  "state",
  "client",
] as const;

/** One of them. */
export type Hazard = (typeof HAZARDS)[number];

/** Names of packages that are one hazard. */
export interface ApiGroup {
  /** "none" is deterministic: it takes a name out of a wildcard. */
  readonly hazard: Hazard | "none";
  /**
   * Packages as imported, without `node:`; "" for globals; "@aws-sdk/*" is every package of the scope. A package also
   * covers its subpaths.
   */
  readonly of: readonly string[];
  /**
   * Separated by blanks:
   * - "now", "DateTime.now": members; "." is the module itself.
   * - "Type#method": a method of an instance, made by `new Type` or typed so. "moment().format" is what a result has.
   * - "*#method": a method of whatever instance or result of the package; of a global, of an object of any type.
   * - "Type.*", "Type#*": the name and everything reached from it; "*" alone is everything reached from the package.
   * - "#" alone: any method of any instance of the package.
   */
  readonly names: string;
  /** The use that counts: a call, `new`, either ("use", the default), or reading the member ("read"). */
  readonly on?: "call" | "new" | "use" | "read";
  /** Counts only with at most this many arguments: `moment()` reads the clock, `moment(x)` does not. */
  readonly atMost?: number;
  /**
   * The calls, by their last name, that only make another object of the package, as `axios.create` and
   * `client.database` do: what they make is followed. What any other call gives is data, and its methods are its own.
   */
  readonly makes?: string;
  /** The calls that are the hazard themselves, and whose result is followed as well: `pool.connect`. */
  readonly opens?: string;
  /** What to do instead, when it differs from the rule's usual advice. */
  readonly instead?: string;
}
