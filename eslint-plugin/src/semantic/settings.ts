/**
 * Reads `settings.dacapo`, and says what is wrong with it.
 *
 * Invariant: settings that are wrong never throw; they give the defaults and a list of complaints, which a rule
 * reports. Used by the rules and by the checker.
 */
import { DECLARABLE } from "./api-declarations.ts";
import { globPattern } from "./glob.ts";

/** The settings, checked. */
export interface Settings {
  /** What functions of packages and globals are, by name: `{ "acme.now": "clock" }`. */
  readonly decls: Readonly<Record<string, string>>;
  /** Globs of files whose exported functions are orchestrators. */
  readonly orchestrators: readonly string[];
  /** How far calls are followed: through all files, in the checker only, or inside each file. */
  readonly interprocedural: "auto" | "cli-only" | "off";
  /** Whether files of tests may hold orchestrators too. */
  readonly includeTests: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  decls: {},
  orchestrators: [],
  interprocedural: "auto",
  includeTests: false,
};

const DECLARED: readonly string[] = [...DECLARABLE].sort();

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A key that would stand for every global, or for nothing. */
const NO_NAME = /^[.:*#()]*$|\s/u;

function readDecls(value: unknown, complain: (text: string) => void): Readonly<Record<string, string>> {
  if (!isRecord(value)) {
    complain('settings.dacapo.decls must be an object such as { "acme.now": "clock" }.');
    return {};
  }
  const good = Object.entries(value).filter(([name, what]) => {
    if (NO_NAME.test(name)) {
      complain(
        `settings.dacapo.decls[${JSON.stringify(name)}] names nothing; write "package:member" or "Global.member".`,
      );
      return false;
    }
    if (typeof what === "string" && DECLARABLE.has(what)) return true;
    complain(`settings.dacapo.decls[${JSON.stringify(name)}] must be one of ${DECLARED.join(", ")}.`);
    return false;
  });
  return Object.fromEntries(good.map(([name, what]) => [name, String(what)]));
}

function readGlobs(value: unknown, complain: (text: string) => void): readonly string[] {
  if (!Array.isArray(value) || !value.every((each): each is string => typeof each === "string")) {
    complain("settings.dacapo.orchestrators must be an array of globs.");
    return [];
  }
  return value.filter((glob) => {
    if (globPattern(glob) !== undefined) return true;
    complain(
      `settings.dacapo.orchestrators has ${JSON.stringify(glob)}, which is no glob: it is empty, or its braces do not match.`,
    );
    return false;
  });
}

/** Reads the settings; `complaints` says in sentences what was wrong and left out. */
export function readSettings(value: unknown): { readonly settings: Settings; readonly complaints: readonly string[] } {
  if (value === undefined) return { settings: DEFAULT_SETTINGS, complaints: [] };
  const complaints: string[] = [];
  const complain = (text: string) => void complaints.push(text);
  if (!isRecord(value)) return { settings: DEFAULT_SETTINGS, complaints: ["settings.dacapo must be an object."] };
  const settings = { ...DEFAULT_SETTINGS };
  for (const [name, given] of Object.entries(value)) {
    switch (name) {
      case "decls":
        settings.decls = readDecls(given, complain);
        break;
      case "orchestrators":
        settings.orchestrators = readGlobs(given, complain);
        break;
      case "interprocedural":
        if (given === "auto" || given === "cli-only" || given === "off") settings.interprocedural = given;
        else complain('settings.dacapo.interprocedural must be "auto", "cli-only" or "off".');
        break;
      case "includeTests":
        if (typeof given === "boolean") settings.includeTests = given;
        else complain("settings.dacapo.includeTests must be true or false.");
        break;
      default:
        complain(
          `settings.dacapo has no ${JSON.stringify(name)}; it has decls, includeTests, interprocedural and orchestrators.`,
        );
    }
  }
  return { settings, complaints };
}

/** Says whether a file is one of tests, by its name. */
export function isTestFile(fileName: string): boolean {
  return /\.(?:test|spec)\.[cm]?[jt]sx?$|[\\/]__tests__[\\/]/u.test(fileName);
}
