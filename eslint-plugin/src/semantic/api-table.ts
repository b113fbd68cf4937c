/**
 * Answers whether a use of an API is a hazard: the table's data, indexed, and what the settings declare on top of it.
 *
 * Invariant: what the settings declare wins over the table, a name over a wildcard, a longer wildcard over a shorter,
 * and an entry for few arguments over one for any. A table never changes once made. Made once per program, asked by
 * the detectors for each use.
 */
import { Declarations } from "./api-declarations.ts";
import { keyOf, placesOf, type Place } from "./api-place.ts";
import { API_GROUPS, type ApiGroup, type Hazard } from "./apis.ts";
import { describeOrigin, type Origin } from "./origin.ts";

/** How an API is used: called, made an instance of, or read as a member. */
export type ApiUse = "call" | "new" | "read";

/** A hazard that a use of an API is. */
export interface ApiMatch {
  /** The hazard, or that somebody declared the function not deterministic without saying why. */
  readonly hazard: Hazard | "nondeterministic";
  /** The use as messages show it: `Date.now()`, `new Date()`, `process.env`, `uuid.v4()`. */
  readonly api: string;
  /** What to do instead, when it differs from the rule's usual advice. */
  readonly instead?: string;
  /**
   * True when the use makes what the hazard is then done with, or opens it: `axios.create()`. In a chain that goes on
   * to do it, `axios.create().get(url)`, one report is enough.
   */
  readonly makes?: true;
}

/** One group, ready to be asked. */
interface Entry {
  readonly group: ApiGroup;
  readonly makes: ReadonlySet<string>;
  readonly opens: ReadonlySet<string>;
}

/** What the table says of one use: an entry, and whether the use only makes something. */
interface Finding {
  readonly entry: Entry;
  readonly place: Place;
  readonly makes: boolean;
}

/** The entries of one module, by the kind of their name. */
interface ModuleIndex {
  readonly exact: Map<string, Entry[]>;
  /** "*#method", by the method. */
  readonly methods: Map<string, Entry[]>;
  /** "Type.*" by what stands before the star; "" for the module as a whole. */
  readonly wildcards: Map<string, Entry>;
  /** "#" alone. */
  instances: Entry | undefined;
}

/** Methods that give a text or a list of data, whatever has them. */
const GIVING_DATA = "slice split trim trimStart trimEnd padStart padEnd charAt toLowerCase toUpperCase toString";

/** Methods of promises, arrays and strings: what an instance or a result of a package has by these names is data. */
const PLAIN_METHODS: ReadonlySet<string> = new Set(
  (
    "then catch finally map forEach filter reduce some every flatMap includes at indexOf lastIndexOf toJSON valueOf " +
    `startsWith endsWith hasOwnProperty ${GIVING_DATA}`
  ).split(" "),
);

const DATA_METHODS: ReadonlySet<string> = new Set(GIVING_DATA.split(" "));

/** Says whether a method of this name gives a text or a list, whose own methods are the language's. */
export function givesData(method: string): boolean {
  return DATA_METHODS.has(method);
}

/** Classes that hold data, whatever the package: errors, and the commands of the AWS. */
const PURE_CLASS = /(?:Error|Exception|Command)$/u;

/** Functions that only tell what a value is, or make a function of a function. */
const PURE_FUNCTION = /^(?:is[A-Z]\w*|bind)$/u;

const isMarker = (part: string) => part === "()" || part === "#";
const words = (text: string | undefined) => (text ?? "").split(" ").filter((word) => word !== "");

function addTo(index: Map<string, Entry[]>, key: string, entry: Entry): void {
  const entries = index.get(key) ?? [];
  // Entries for few arguments first, the fewest before; a hazard before what is none.
  const rank = ({ group }: Entry) => (group.atMost ?? 1000) * 2 + (group.hazard === "none" ? 1 : 0);
  index.set(
    key,
    [...entries, entry].sort((one, other) => rank(one) - rank(other)),
  );
}

function addName(index: ModuleIndex, name: string, entry: Entry): void {
  if (name === "#") index.instances = entry;
  else if (name === ".") addTo(index.exact, "", entry);
  else if (name.startsWith("*#")) addTo(index.methods, name.slice(2), entry);
  else if (name.endsWith("*")) index.wildcards.set(name.replace(/\.?\*$/u, ""), entry);
  else addTo(index.exact, name, entry);
}

function indexOf(groups: readonly ApiGroup[]): ReadonlyMap<string, ModuleIndex> {
  const modules = new Map<string, ModuleIndex>();
  for (const group of groups) {
    const entry: Entry = { group, makes: new Set(words(group.makes)), opens: new Set(words(group.opens)) };
    for (const module of group.of) {
      const found = modules.get(module);
      const index = found ?? { exact: new Map(), methods: new Map(), wildcards: new Map(), instances: undefined };
      if (found === undefined) modules.set(module, index);
      for (const name of words(group.names)) addName(index, name, entry);
    }
  }
  return modules;
}

/** The data never changes, so its index is made once. */
const MODULES = indexOf(API_GROUPS);

/** The names of methods that the table has for some type: `getHours` of `Date#getHours`. */
const METHODS: ReadonlySet<string> = new Set(
  [...MODULES.values()].flatMap(({ exact, methods }) => [
    ...methods.keys(),
    ...[...exact.keys()].flatMap((key) => (/[#)]/u.test(key) ? [/[\w$]*$/u.exec(key)?.[0] ?? ""] : [])),
  ]),
);

/** The packages of which any method may be a hazard; of the globals the types. */
const WHOLE: ReadonlySet<string> = new Set(
  [...MODULES].flatMap(([module, { wildcards, instances }]) => {
    const entries = [...wildcards].filter(([, { group }]) => group.hazard !== "none");
    if (module !== "") return entries.length > 0 || instances !== undefined ? [module] : [];
    return entries.flatMap(([key]) => (key.endsWith("#") ? [key] : []));
  }),
);

/** Says whether an entry is about such a use. An unknown number of arguments may be too many. */
function isAbout(entry: Entry, use: ApiUse, argumentCount: number | undefined): boolean {
  const { on = "use", atMost } = entry.group;
  if (on === "use" ? use === "read" : on !== use) return false;
  return atMost === undefined || (argumentCount !== undefined && argumentCount <= atMost);
}

/** The API table of one program, with its settings. */
export class ApiTable {
  private readonly declarations: Declarations;
  private readonly hasDeclarations: boolean;
  private usesWhole: boolean | undefined;

  constructor(decls: Readonly<Record<string, string>> = {}) {
    this.declarations = new Declarations(decls);
    this.hasDeclarations = Object.keys(decls).length > 0;
  }

  /**
   * Returns the hazard that a use of `origin` is, if it is one. `argumentCount` is undefined where it is unknown: of a
   * function that is handed to somebody else, or of a call with a spread.
   */
  lookup(origin: Origin, use: ApiUse, argumentCount: number | undefined): ApiMatch | undefined {
    const declared = this.declarations.find(origin);
    if (declared === "deterministic") return undefined;
    if (declared !== undefined && (use !== "read" || declared === "environment" || declared === "host")) {
      return { hazard: declared, api: describeUse(origin, use) };
    }
    const finding = find(origin, use, argumentCount);
    if (finding === undefined) return undefined;
    const { hazard, instead } = finding.entry.group;
    if (hazard === "none") return undefined;
    const api = describeUse(finding.place.fits === "wildcards" ? origin : { ...origin, ...finding.place }, use);
    return {
      hazard,
      api,
      ...(instead === undefined ? {} : { instead }),
      ...(finding.makes ? { makes: true } : {}),
    };
  }

  /**
   * Says whether calling a method of this name can be a hazard in a program, whatever has it: only then is its type worth
   * finding out. `mayUse` says whether the program may use a module or, with "#" behind it, a global type.
   */
  mayBeMethod(name: string, mayUse: (module: string) => boolean): boolean {
    if (this.hasDeclarations || METHODS.has(name)) return true;
    if (PLAIN_METHODS.has(name)) return false;
    this.usesWhole ??= [...WHOLE].some(mayUse);
    return this.usesWhole;
  }

  /** Says whether the table has a type with a method of this name. */
  hasMethod(name: string): boolean {
    return this.hasDeclarations || METHODS.has(name);
  }

  /** Says whether the settings speak of the origin, which wins over all that packages say of themselves. */
  declares(origin: Origin): boolean {
    return this.declarations.find(origin) !== undefined;
  }

  /** Says whether the settings or the table know the use, be it as a hazard or as deterministic. */
  knows(origin: Origin, use: ApiUse, argumentCount: number | undefined): boolean {
    return this.declarations.find(origin) !== undefined || find(origin, use, argumentCount) !== undefined;
  }
}

function find(origin: Origin, use: ApiUse, argumentCount: number | undefined): Finding | undefined {
  const places = placesOf(origin).filter(({ module }) => MODULES.has(module));
  const steps = use === "read" ? [findRead] : [findExact, findMethod, findWildcard];
  for (const step of steps) {
    for (const place of places) {
      const index = MODULES.get(place.module);
      const finding = index === undefined ? undefined : step(index, place, use, argumentCount);
      if (finding !== undefined) return finding;
    }
  }
  return undefined;
}

function findExact(index: ModuleIndex, place: Place, use: ApiUse, count: number | undefined): Finding | undefined {
  if (place.fits === "wildcards") return undefined;
  const entry = index.exact.get(keyOf(place.path))?.find((each) => isAbout(each, use, count));
  return entry === undefined ? undefined : { entry, place, makes: entry.makes.has(place.path.at(-1) ?? ".") };
}

/** A member that is read, or a member of it: `process.env.HOME` reads `process.env`. */
function findRead(index: ModuleIndex, place: Place): Finding | undefined {
  for (let length = place.path.length; length > 0; length -= 1) {
    if (place.path.slice(length).some(isMarker)) return undefined;
    const path = place.path.slice(0, length);
    const entry = index.exact.get(keyOf(path))?.find((each) => isAbout(each, "read", undefined));
    if (entry !== undefined) return { entry, place: { ...place, path }, makes: false };
  }
  return undefined;
}

/** A method by its name alone. A global's type may be any; a package's object must be one that the package made. */
function findMethod(index: ModuleIndex, place: Place, use: ApiUse, count: number | undefined): Finding | undefined {
  const { module, path } = place;
  const before = path.slice(0, -1);
  const isMethod = module === "" ? before.at(-1) === "#" : before.some(isMarker);
  if (!isMethod || place.fits === "names") return undefined;
  const entry = index.methods.get(path.at(-1) ?? "")?.find((each) => isAbout(each, use, count));
  return entry === undefined ? undefined : { entry, place, makes: false };
}

function findWildcard(index: ModuleIndex, place: Place, use: ApiUse, count: number | undefined): Finding | undefined {
  if (place.fits === "names") return undefined;
  const { path } = place;
  for (let length = path.length; length >= 0; length -= 1) {
    const entry = index.wildcards.get(keyOf(path.slice(0, length)));
    if (entry !== undefined) return isAbout(entry, use, count) ? reach(entry, place, length, use) : undefined;
  }
  const { instances } = index;
  const isOfInstance = path.slice(0, -1).some(isMarker);
  return instances !== undefined && isOfInstance && isAbout(instances, use, count)
    ? reach(instances, place, 0, use)
    : undefined;
}

/** Says whether every call on the way from the wildcard's start gave an object of the package. */
function leadsThrough({ makes, opens }: Entry, path: readonly string[], from: number): boolean {
  return path.every((part, at) => {
    const called = path[at - 1] ?? ".";
    return part !== "()" || at < from || makes.has(called) || opens.has(called);
  });
}

/** Judges a use that a wildcard covers: what the packages hand out as data is none of the hazard. */
function reach(entry: Entry, place: Place, from: number, use: ApiUse): Finding | undefined {
  const { path } = place;
  if (entry.group.hazard === "none") return { entry, place, makes: false };
  if (!leadsThrough(entry, path, from)) return undefined;
  const name = path.at(-1) ?? ".";
  if (use === "new") return PURE_CLASS.test(name) ? undefined : { entry, place, makes: true };
  if (PURE_FUNCTION.test(name)) return undefined;
  const isOfObject = path.slice(0, -1).some(isMarker);
  // What a client makes touches nothing until it is used.
  if (isOfObject && (PLAIN_METHODS.has(name) || entry.makes.has(name))) return undefined;
  return { entry, place, makes: entry.makes.has(name) || entry.opens.has(name) };
}

function describeUse(origin: Origin, use: ApiUse): string {
  // The type of an object whose method is known by its name alone may be unknown; the result of a module has no name.
  const named = origin.path.filter((part) => part !== "*");
  const text = describeOrigin({ ...origin, path: named })
    .replace(/\.\(\)/gu, "()")
    .replace(/^\./u, "");
  if (use === "read") return text;
  return use === "new" ? `new ${text}()` : `${text}()`;
}
