/** Code that runs only when a caller leaves something out: defaults, and what stands behind `??`, seen through the clock. */
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { reached, silent } from "./call-cases.ts";
import { testRuleWithTypes, type TypedCase, type TypedInvalidCase } from "./typed-rule-tester.ts";

/** A helper, and a call of it that gives what keeps the clock from being read. */
const given = (name: string, helper: string, call: string): TypedCase =>
  silent(name, {
    imports: 'import { f } from "./helper.js";',
    body: `return ${call};`,
    files: { "helper.ts": helper },
  });

/** The same, and a call after which the clock may be read. */
const missing = (name: string, helper: string, call: string, path = "f() -> new Date()"): TypedInvalidCase =>
  reached(name, {
    imports: 'import { f } from "./helper.js";',
    body: `return ${call};`,
    files: { "helper.ts": helper },
    path,
    where: "helper.ts:1",
    column: 10,
  });

const DEFAULT = "export const f = (at: Date = new Date()) => at.getTime();";
const PATTERN = "export const f = ({ at = new Date(), n = 1 }: { at?: Date; n?: number } = {}) => at.getTime() + n;";
const RENAMED = "export const f = ({ at: from = new Date() }: { at?: Date }) => from.getTime();";
const OTHER = "export const f = (at?: Date) => (at ?? new Date()).getTime();";
const OR = "export const f = (at?: Date) => { at = at || new Date(); return at.getTime(); };";
const UNLESS = "export const f = (at?: Date) => { if (!at) at = new Date(); return at.getTime(); };";
const EQUAL = "export const f = (at?: Date) => (at === undefined ? new Date() : at).getTime();";
const UNEQUAL = "export const f = (at?: Date | null) => (at != null ? at : new Date()).getTime();";
const ASSIGNED = "export const f = (at?: Date) => { at ??= new Date(); return at.getTime(); };";
const MEMBER = "export const f = (o: { at?: Date }) => (o.at ?? new Date()).getTime();";
const BOUND = "export const f = ({ at }: { at?: Date }) => (at ?? new Date()).getTime();";
const NUMBER = "export const f = (ms?: number) => new Date(ms || new Date().getTime()).getTime();";
const READER = "export const f = (read: () => Date = () => new Date()) => read().getTime();";
const READERS = "export const f = ({ read = () => new Date() }: { read?: () => Date } = {}) => read().getTime();";
const CLOCKS =
  "export const f = ({ clock = { now: () => new Date() } }: { clock?: { now(): Date } } = {}) => clock.now().getTime();";

testRuleWithTypes("no-wall-clock: what a caller leaves out", noWallClock, {
  valid: [
    given("an argument in the place of a default", DEFAULT, "f(ctx.currentUtcDateTime)"),
    given("an argument, nobody knows what, in the place of a default", DEFAULT, "f(JSON.parse(ctx.instanceId))"),
    given("a member in the place of a pattern's default", PATTERN, "f({ at: ctx.currentUtcDateTime })"),
    given("a member by its short form", PATTERN, "[ctx.currentUtcDateTime].map((at) => f({ at }))"),
    given("an object that nobody knows in the place of a pattern", PATTERN, "f(JSON.parse(ctx.instanceId))"),
    given("a member in the place of a renamed default", RENAMED, "f({ at: ctx.currentUtcDateTime })"),
    given("an argument before ??", OTHER, "f(ctx.currentUtcDateTime)"),
    given("an argument that is made", OTHER, "f(new Date(0))"),
    given("a constant before ??", OTHER, "[0].map((n) => { const at = new Date(n); return f(at); })"),
    given("an argument before ||", OR, "f(ctx.currentUtcDateTime)"),
    given("an argument that is asked for", UNLESS, "f(ctx.currentUtcDateTime)"),
    given("an argument that is compared with undefined", EQUAL, "f(ctx.currentUtcDateTime)"),
    given("an argument that is compared with null", UNEQUAL, "f(ctx.currentUtcDateTime)"),
    given("an argument before ??=", ASSIGNED, "f(ctx.currentUtcDateTime)"),
    given("a member before ??", MEMBER, "f({ at: ctx.currentUtcDateTime })"),
    given("a name of a pattern before ??", BOUND, "f({ at: ctx.currentUtcDateTime })"),
    given("a number that is not 0 before ||", NUMBER, "f(5)"),
    given("a function in the place of a default", READER, "f(() => ctx.currentUtcDateTime)"),
    given("a function in the place of a pattern's default", READERS, "f({ read: () => ctx.currentUtcDateTime })"),
    given("an object of functions in its place", CLOCKS, "f({ clock: { now: () => ctx.currentUtcDateTime } })"),
  ],
  invalid: [
    missing("a default", DEFAULT, "f()"),
    missing("a default in the place of undefined", DEFAULT, "f(undefined)"),
    missing("a default of a pattern", PATTERN, "f()"),
    missing("a default of a pattern, for an object without the member", PATTERN, "f({ n: 2 })"),
    missing("a default of a pattern, for a member that is undefined", PATTERN, "f({ at: undefined })"),
    missing("a renamed default", RENAMED, "f({})"),
    missing("what stands behind ??", OTHER, "f()"),
    missing("what stands behind ??, for an argument that may be missing", OTHER, "f(JSON.parse(ctx.instanceId))"),
    missing("what stands behind ||", OR, "f()"),
    missing("what is done for want of an argument", UNLESS, "f()"),
    missing("what a comparison with undefined chooses", EQUAL, "f(undefined)"),
    missing("what a comparison with null chooses", UNEQUAL, "f(null)"),
    missing("what stands behind ??=", ASSIGNED, "f()"),
    missing("what stands behind ?? for an object without the member", MEMBER, "f({})"),
    missing("what stands behind ?? for an object that nobody knows", MEMBER, "f(JSON.parse(ctx.instanceId))"),
    missing("what stands behind ?? for a name of a pattern", BOUND, "f({})"),
    missing("what stands behind || for 0", NUMBER, "f(0)"),
    missing("a function that is a default", READER, "f()", "f() -> new Date()"),
    missing("a function that is a pattern's default", READERS, "f()", "f() -> new Date()"),
    missing("an object of functions that is a pattern's default", CLOCKS, "f()", "f() -> now() -> new Date()"),
  ],
});
