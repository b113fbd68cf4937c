/** The cases of the Durable Functions extension's analyzers about activities (DF0108 to DF0110) and entities (DF0305). */
import { portedTyped, type PortedCase } from "../ported-case.ts";

/** An orchestrator with the lines of a case beside the given registrations. */
function flow(registrations: string, body: string): string {
  return (
    'import * as df from "durable-functions";\n\n' +
    registrations +
    '\ndf.app.orchestration("flow", function* (context) {\n' +
    body +
    "\n});\n"
  );
}

const ACTIVITIES = `
const CONSTANT = "constantName";
df.app.activity("takesText", { handler: (name: string) => "Hello " + name });
df.app.activity("takesList", { handler: (names: readonly string[]) => names.length });
df.app.activity("takesPair", { handler: (pair: [string, number]) => pair[0] });
df.app.activity("takesShape", { handler: (shape: { name: string; size?: number }) => shape.name });
df.app.activity("takesAnything", { handler: (input: unknown) => String(input) });
df.app.activity("takesNullable", { handler: (input: number | null) => String(input) });
df.app.activity("takesNothing", { handler: () => "done" });
df.app.activity(CONSTANT, { handler: (name: string) => name });
`;

const call = (name: string, input: string, want = ""): string =>
  `  yield context.df.callActivity(${name}${input === "" ? "" : `, ${input}`});${want === "" ? "" : ` // want ${want}`}`;

const argument: readonly PortedCase[] = [
  portedTyped(
    "Durable Functions Argument: inputs of the activities' types are silent",
    flow(
      ACTIVITIES,
      [
        call(`"takesText"`, `"London"`),
        call(`"takesList"`, `["Minneapolis"]`),
        call(`"takesPair"`, `["Seattle", 4]`),
        call(`"takesShape"`, `{ name: "a" }`),
        call(`"takesShape"`, `{ name: "a", size: 1, more: true }`),
        call(`"takesAnything"`, `100`),
        call(`"takesNullable"`, `null`),
        call(`"takesNothing"`, ``),
      ].join("\n"),
    ),
  ),
  portedTyped(
    "Durable Functions Argument: a number for a text is a report",
    flow(ACTIVITIES, call(`"takesText"`, `4`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions Argument: a text for a list of texts is a report",
    flow(ACTIVITIES, call(`"takesList"`, `"Minneapolis"`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions Argument: a pair the other way round is a report",
    flow(ACTIVITIES, call(`"takesPair"`, `[4, "Seattle"]`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions Argument: a list of the wrong members is a report",
    flow(ACTIVITIES, call(`"takesList"`, `[1, 2]`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions Argument: null where a text is taken is a report",
    flow(ACTIVITIES, call(`"takesText"`, `null`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions Argument: an input that the activity does not take is a report",
    flow(ACTIVITIES, call(`"takesNothing"`, `"unused"`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions Argument: the input after the options of a retry is the one compared",
    flow(
      ACTIVITIES,
      `  const retry = new df.RetryOptions(1000, 3);
  yield context.df.callActivityWithRetry("takesText", retry, "London");
  yield context.df.callActivityWithRetry("takesText", retry, 4); // want activity-types`,
    ),
  ),
  portedTyped(
    "Durable Functions Argument: code that is no orchestrator may call what it likes",
    flow(ACTIVITIES, `  return context.df.instanceId;`) +
      `export const other = (context: { df: { callActivity(name: string, input: number): void } }) =>
  context.df.callActivity("takesText", 100);
`,
  ),
];

const result = (type: string, name: string, input: string, want = ""): string =>
  `  const result: ${type} = yield context.df.callActivity("${name}", ${input});${want === "" ? "" : ` // want ${want}`}\n  return result;`;

const returned: readonly PortedCase[] = [
  portedTyped(
    "Durable Functions ReturnType: a text taken as a text is silent",
    flow(ACTIVITIES, result("string", "takesText", `"London"`)),
  ),
  portedTyped(
    "Durable Functions ReturnType: a text taken as a number is a report",
    flow(ACTIVITIES, result("number", "takesText", `"London"`, "activity-types")),
  ),
  portedTyped(
    "Durable Functions ReturnType: a result taken as anything is silent",
    flow(ACTIVITIES, result("unknown", "takesText", `"London"`)),
  ),
  portedTyped(
    "Durable Functions ReturnType: a member of a pair taken as its wider type is silent",
    flow(ACTIVITIES, result("string | number", "takesPair", `["Seattle", 4]`)),
  ),
  portedTyped(
    "Durable Functions ReturnType: a promise of nothing taken as a text is a report",
    flow(
      `df.app.activity("givesNothing", { handler: async (_name: string): Promise<void> => undefined });`,
      result("string", "givesNothing", `"World"`, "activity-types"),
    ),
  ),
];

const names: readonly PortedCase[] = [
  portedTyped(
    "Durable Functions Name: literals and constants that match are silent",
    flow(ACTIVITIES, [call(`"takesNothing"`, ``), call(`CONSTANT`, `"a"`), call(`"constantName"`, `"a"`)].join("\n")),
  ),
  portedTyped(
    "Durable Functions Name: a name close to a known one is a report",
    flow(ACTIVITIES, call(`"takesTexts"`, `"a"`, "known-task-name")),
  ),
  portedTyped(
    "Durable Functions Name: a name like no known one is a report",
    flow(ACTIVITIES, call(`"somethingElse"`, `"a"`, "known-task-name")),
  ),
  portedTyped(
    "Durable Functions Name: a constant that nobody registered is a report",
    flow(`${ACTIVITIES}const OTHER = "E1_SayHello";`, call(`OTHER`, `"a"`, "known-task-name")),
  ),
  portedTyped(
    "Durable Functions Name: the case of a name counts for nothing to the host, and for the spelling here",
    flow(ACTIVITIES, call(`"takestext"`, `"a"`, "known-task-name")),
  ),
  portedTyped(
    "Durable Functions EntityName: an entity's registered name is silent, a misspelt one is a report",
    flow(
      `df.app.entity("counter", (context) => context.df.setState(1));`,
      `  yield context.df.callEntity(new df.EntityId("counter", "1"), "add", 1);
  yield context.df.callEntity(new df.EntityId("countre", "1"), "add", 1); // want known-task-name`,
    ),
  ),
  portedTyped(
    "Durable Functions EntityName: a signalled entity's misspelt name is a report",
    flow(
      `df.app.entity("counter", (context) => context.df.setState(1));`,
      `  context.df.signalEntity(new df.EntityId("countre", "1"), "add", 1); // want known-task-name`,
    ),
  ),
];

export const activityCases: readonly PortedCase[] = [...argument, ...returned, ...names];
