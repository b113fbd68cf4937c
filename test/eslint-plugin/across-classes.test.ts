/** How far a hazard is followed from the orchestrator's file into classes of others, seen through the clock. */
import { noWallClock } from "../../eslint-plugin/src/rules/no-wall-clock.ts";
import { reached, silent } from "./call-cases.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const TIME = {
  "time.ts":
    "export interface Time { now(): Date }\nexport class SystemTime implements Time { now() { return new Date(); } }\n" +
    "export const isLate = (time: Time, at: Date) => time.now() > at;\n" +
    "export const isEarly = (time: Time, at: Date) => !isLate(time, at);\n" +
    "export class Desk { constructor(private readonly time: Time) {} isOpen() { return this.time.now().getTime() > 0; } }",
};

testRuleWithTypes("no-wall-clock: classes of other files", noWallClock, {
  valid: [
    silent("an object of the orchestrator's own in the place of the one implementation", {
      imports: 'import { isLate } from "./time.js";',
      body: "return isLate({ now: () => ctx.currentUtcDateTime }, new Date(0));",
      files: TIME,
    }),
    silent("the same, given to a service", {
      imports: 'import { Desk } from "./time.js";',
      body: "return new Desk({ now: () => ctx.currentUtcDateTime }).isOpen();",
      files: TIME,
    }),
    silent("the same, handed on by a helper", {
      imports: 'import { isEarly } from "./time.js";',
      body: "return isEarly({ now: () => ctx.currentUtcDateTime }, new Date(0));",
      files: TIME,
    }),
    silent("an interface with two implementations", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: {
        "clock.ts":
          "export interface Clock { now(): number }\nclass Real implements Clock { now() { return Date.now(); } }\nclass Fake implements Clock { now() { return 1; } }\nexport declare const clock: Clock;\nvoid [Real, Fake];",
      },
    }),
    silent("a method that a subclass may replace", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: {
        "clock.ts":
          "export class Clock { now() { return Date.now(); } }\nclass Fake extends Clock { override now() { return 1; } }\nexport const clock: Clock = pick();\nfunction pick(): Clock { return new Fake(); }",
      },
    }),
    silent("a method of a subclass that replaces the one that reads the clock", {
      imports: 'import { Fake } from "./clock.js";',
      body: "return new Fake().now();",
      files: {
        "clock.ts":
          "class Clock { now() { return Date.now(); } }\nexport class Fake extends Clock { override now() { return 1; } }",
      },
    }),
    silent("another method of the class", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().zero();",
      files: { "clock.ts": "export class Clock { now() { return Date.now(); } zero() { return 0; } }" },
    }),
    silent("a class of which no instance is made", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return Clock.name;",
      files: { "clock.ts": "export class Clock { at = Date.now(); }" },
    }),
    silent("an object whose function was replaced by a later one", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: {
        "clock.ts": "const real = { now: () => Date.now() };\nexport const clock = { ...real, now: () => 1 };",
      },
    }),
    silent("a parameter of a type, which may be any object", {
      imports: 'import { read } from "./clock.js";',
      body: "return read({ now: () => 1 });",
      files: {
        "clock.ts":
          "export interface Clock { now(): number }\nexport const real: Clock = { now: () => Date.now() };\nexport const read = (clock: Clock) => clock.now();",
      },
    }),
  ],
  invalid: [
    reached("the one implementation of a parameter's type", {
      imports: 'import { SystemTime, isLate } from "./time.js";',
      body: "return isLate(new SystemTime(), new Date(0));",
      files: TIME,
      path: "isLate() -> now() -> new Date()",
      where: "time.ts:2",
      column: 10,
    }),
    reached("the one implementation, given to a service", {
      imports: 'import { Desk, SystemTime } from "./time.js";',
      body: "return new Desk(new SystemTime()).isOpen();",
      files: TIME,
      path: "isOpen() -> now() -> new Date()",
      where: "time.ts:2",
      column: 10,
    }),
    reached("the one implementation, where nobody sees what is given", {
      imports: 'import { isEarly, type Time } from "./time.js";',
      body: "return isEarly(JSON.parse(ctx.instanceId) as Time, new Date(0));",
      files: TIME,
      path: "isEarly() -> isLate() -> now() -> new Date()",
      where: "time.ts:2",
      column: 10,
    }),
    reached("a method", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().now();",
      files: { "clock.ts": "export class Clock { now() { return Date.now(); } }" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a method of an instance that all share", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: { "clock.ts": "class Clock { now() { return Date.now(); } }\nexport const clock = new Clock();" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a static method", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return Clock.now();",
      files: { "clock.ts": "export class Clock { static now() { return Date.now(); } }" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a method that calls a private one", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().now();",
      files: { "clock.ts": "export class Clock { now() { return this.#read(); } #read() { return Date.now(); } }" },
      path: "now() -> #read() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a method that is inherited", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().now();",
      files: {
        "clock.ts": 'import { Base } from "./base.js";\nexport class Clock extends Base {}',
        "base.ts": "export class Base { now() { return Date.now(); } }",
      },
      path: "now() -> Date.now()",
      where: "base.ts:1",
      column: 10,
    }),
    reached("a method that calls the one it replaces", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().now();",
      files: {
        "clock.ts":
          'import { Base } from "./base.js";\nexport class Clock extends Base { override now() { return super.now() + 1; } }',
        "base.ts": "export class Base { now() { return Date.now(); } }",
      },
      path: "now() -> now() -> Date.now()",
      where: "base.ts:1",
      column: 10,
    }),
    reached("a property that holds a function", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().now();",
      files: { "clock.ts": "export class Clock { now = () => Date.now(); }" },
      path: "now() -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a getter", {
      imports: 'import { Clock } from "./clock.js";',
      body: "return new Clock().now;",
      files: { "clock.ts": "export class Clock { get now() { return Date.now(); } }" },
      path: "now -> Date.now()",
      where: "clock.ts:1",
      column: 10,
    }),
    reached("a constructor", {
      imports: 'import { Stamp } from "./stamp.js";',
      body: "return new Stamp().at;",
      files: { "stamp.ts": "export class Stamp { at: number; constructor() { this.at = Date.now(); } }" },
      path: "new Stamp() -> Date.now()",
      where: "stamp.ts:1",
      column: 10,
    }),
    reached("the beginning of a field", {
      imports: 'import { Stamp } from "./stamp.js";',
      body: "return new Stamp().at;",
      files: { "stamp.ts": "export class Stamp { at = Date.now(); }" },
      path: "new Stamp() -> Date.now()",
      where: "stamp.ts:1",
      column: 10,
    }),
    reached("a constructor that is inherited", {
      imports: 'import { Stamp } from "./stamp.js";',
      body: "return new Stamp().at;",
      files: { "stamp.ts": "class Base { at = Date.now(); }\nexport class Stamp extends Base {}" },
      path: "new Stamp() -> Date.now()",
      where: "stamp.ts:1",
      column: 10,
    }),
    reached("an interface that one class implements", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: {
        "clock.ts":
          'import { Real } from "./real.js";\nexport interface Clock { now(): number }\nexport const clock: Clock = make();\nfunction make(): Clock { return new Real(); }',
        "real.ts":
          'import type { Clock } from "./clock.js";\nexport class Real implements Clock { now() { return Date.now(); } }',
      },
      path: "now() -> Date.now()",
      where: "real.ts:2",
      column: 10,
    }),
    reached("an abstract method that one class implements", {
      imports: 'import { clock } from "./clock.js";',
      body: "return clock.now();",
      files: {
        "clock.ts":
          "export abstract class Clock { abstract now(): number; }\nclass Real extends Clock { now() { return Date.now(); } }\nexport const clock: Clock = make();\nfunction make(): Clock { return new Real(); }",
      },
      path: "now() -> Date.now()",
      where: "clock.ts:2",
      column: 10,
    }),
    reached("a service that is given its clock", {
      imports: 'import { prices } from "./prices.js";',
      body: "return prices.at(1);",
      files: {
        "prices.ts":
          'import { Real } from "./real.js";\nexport interface Clock { now(): number }\nclass Prices { constructor(private readonly clock: Clock) {} at(n: number) { return n * this.clock.now(); } }\nexport const prices = new Prices(new Real());',
        "real.ts":
          'import type { Clock } from "./prices.js";\nexport class Real implements Clock { now() { return Date.now(); } }',
      },
      path: "at() -> now() -> Date.now()",
      where: "real.ts:2",
      column: 10,
    }),
  ],
});
