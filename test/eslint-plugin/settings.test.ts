/** What `settings.dacapo` may say, and that settings which are wrong are named where they are, and harm nothing. */
import { describe, expect, it } from "vitest";

import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { globPattern } from "../../eslint-plugin/src/semantic/glob.ts";
import { DEFAULT_SETTINGS, readSettings } from "../../eslint-plugin/src/semantic/settings.ts";
import { generator } from "./frames.ts";
import { testRule } from "./rule-tester.ts";

describe("a glob", () => {
  it.each([
    ["src/**/*.ts", "src/a.ts", true],
    ["src/**/*.ts", "src/a/b/c.ts", true],
    ["src/**", "src/a/b.js", true],
    ["./src/*.ts", "src/a.ts", true],
    ["src/*.ts", "src/a/b.ts", false],
    ["src/*.ts", "lib/src/a.ts", false],
    ["src/?.ts", "src/ab.ts", false],
    ["src/{a,b}.ts", "src/b.ts", true],
    ["src/{a,{b,c}/**}.ts", "src/c/d.ts", true],
    ["a,b.ts", "a,b.ts", true],
    ["src/[id]/a+b.ts", "src/[id]/a+b.ts", true],
    ["src\\a.ts", "src/a.ts", true],
  ])("%s, asked for %s, says %s", (glob, file, expected) => {
    expect(globPattern(glob)?.test(file)).toBe(expected);
  });

  it.each(["", " ", "src/{a", "src/a}", "}{"])("%j is none", (glob) => expect(globPattern(glob)).toBeUndefined());
});

const HAZARDS =
  "client, clock, deterministic, environment, gc, host, io, log, nondeterministic, promise, random, state, timer";

const wrong: readonly (readonly [settings: unknown, complaint: string])[] = [
  [[], "settings.dacapo must be an object."],
  [null, "settings.dacapo must be an object."],
  [{ decl: {} }, 'settings.dacapo has no "decl"; it has decls, includeTests, interprocedural and orchestrators.'],
  [{ decls: ["now"] }, 'settings.dacapo.decls must be an object such as { "acme.now": "clock" }.'],
  [{ decls: { "acme.now": "time" } }, `settings.dacapo.decls["acme.now"] must be one of ${HAZARDS}.`],
  [{ decls: { "": "clock" } }, 'settings.dacapo.decls[""] names nothing; write "package:member" or "Global.member".'],
  [{ decls: { "*": "io" } }, 'settings.dacapo.decls["*"] names nothing; write "package:member" or "Global.member".'],
  [{ orchestrators: "src" }, "settings.dacapo.orchestrators must be an array of globs."],
  [
    { orchestrators: ["src/{a"] },
    'settings.dacapo.orchestrators has "src/{a", which is no glob: it is empty, or its braces do not match.',
  ],
  [{ interprocedural: true }, 'settings.dacapo.interprocedural must be "auto", "cli-only" or "off".'],
  [{ includeTests: "yes" }, "settings.dacapo.includeTests must be true or false."],
];

describe("settings", () => {
  it("that are not given are the defaults", () => {
    expect(readSettings(undefined)).toEqual({ settings: DEFAULT_SETTINGS, complaints: [] });
  });

  it.each(wrong)("that are %j are complained of, and left out", (settings, complaint) => {
    expect(readSettings(settings)).toEqual({ settings: DEFAULT_SETTINGS, complaints: [complaint] });
  });

  it("keep what is right beside what is wrong", () => {
    const { settings } = readSettings({ decls: { "a.b": "io", "a.c": 1 }, orchestrators: ["{", "src/*.ts"] });
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, decls: { "a.b": "io" }, orchestrators: ["src/*.ts"] });
  });
});

testRule("settings", noWallClock, {
  valid: [{ name: "a file without anything durable hears of no settings", code: "go();", settings: { dacapo: [] } }],
  invalid: wrong.map(([settings, complaint]) => ({
    name: `with ${JSON.stringify(settings)} the rule says so, and goes on`,
    code: generator("return new Date();"),
    settings: { dacapo: settings },
    output: generator("return ctx.currentUtcDateTime;"),
    errors: [
      { message: complaint, line: 1, column: 1 },
      { message: "new Date() returns a different value on replay. Use ctx.currentUtcDateTime.", line: 3, column: 8 },
    ],
  })),
});
