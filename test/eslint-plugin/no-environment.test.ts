/** What `dacapo/no-environment` takes for the environment. */
import { noEnvironment } from "../../eslint-plugin/src/rules/no-environment.ts";
import { asyncStyle, durableTask, functionsV3, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";
import { testRuleWithTypes } from "./typed-rule-tester.ts";

const asks = (api: string, line: number, column: number, what = ""): Expected => ({
  message: `${what}${api} may differ at the next replay, after a deployment or on another machine. Pass the value as input, or read it in an activity.`,
  line,
  column,
});

testRule("no-environment", noEnvironment, {
  valid: [
    { name: "the input", code: generator("return input.env.REGION;") },
    { name: "an activity", code: 'import { activity } from "dacapo";\nactivity("a", () => process.env.REGION);' },
    { name: "a constant of the module", code: generator("return LIMIT;", "const LIMIT = Number(5);") },
    {
      name: "a setting that the orchestrator does not use",
      code: generator("return 1;", "export const REGION = process.env.REGION;"),
    },
    { name: "a process of its own", code: generator("const process = input; return process.env;") },
    { name: "a member called env", code: functionsV3("return context.df.getInput().process.env;") },
    {
      name: "another part of a table",
      code: generator("return settings.limit;", "const settings = { limit: 5, region: process.env.REGION };"),
    },
    {
      name: "a client that was set up with it",
      code: generator(
        "return typeof client;",
        "const client = connect(process.env.URL);\nfunction connect(url) { return { url }; }",
      ),
    },
    { name: "parsing a text", code: `import dotenv from "dotenv";\n${generator("return dotenv.parse(input);")}` },
  ],
  invalid: [
    {
      name: "reading",
      code: generator('return [process.env.REGION, process.env["TIER"], process.env];'),
      output: null,
      errors: [asks("process.env", 3, 9), asks("process.env", 3, 29), asks("process.env", 3, 50)],
    },
    {
      name: "writing",
      code: durableTask('process.env.MODE = "a"; delete process.env.MODE;'),
      output: null,
      errors: [asks("process.env", 3, 1), asks("process.env", 3, 32)],
    },
    {
      name: "taking it apart",
      code: asyncStyle("const { REGION } = process.env;\nreturn REGION;"),
      output: null,
      errors: [asks("process.env", 3, 20)],
    },
    {
      name: "the environment by an import",
      code: `import { env } from "node:process";\n${generator("return env.REGION;")}`,
      output: null,
      errors: [asks("process.env", 4, 8)],
    },
    {
      name: "packages of settings",
      code: `import config from "config";\n${generator('return config.get("region");')}`,
      output: null,
      errors: [asks("config.get()", 4, 8)],
    },
    {
      name: "a constant of the module that was made of it",
      code: generator("return REGION;", "const REGION = process.env.REGION ?? 'north';"),
      output: null,
      errors: [asks("process.env", 3, 8, "Calls REGION -> process.env (input.ts:5). ")],
    },
    {
      name: "that part of a table",
      code: functionsV3("return settings.region;", "const settings = { limit: 5, region: process.env.REGION };"),
      output: null,
      errors: [asks("process.env", 3, 8, "Calls settings.region -> process.env (input.ts:5). ")],
    },
    {
      name: "a helper",
      code: generator("return region();", "const region = () => process.env.REGION;"),
      output: null,
      errors: [asks("process.env", 3, 8, "Calls region() -> process.env (input.ts:5). ")],
    },
  ],
});

testRuleOnTypeScript("no-environment", noEnvironment, {
  valid: [],
  invalid: [
    {
      name: "through an assertion",
      code: generator('return process.env["REGION"]! as string;'),
      output: null,
      errors: [asks("process.env", 3, 8)],
    },
    {
      name: "of a bundler",
      code: generator("return import.meta.env.MODE;"),
      output: null,
      errors: [asks("import.meta.env", 3, 8)],
    },
  ],
});

testRuleWithTypes("no-environment", noEnvironment, {
  valid: [],
  invalid: [
    {
      name: "a constant of another file",
      files: {
        "main.ts":
          'import { orchestrator } from "dacapo";\nimport { REGION } from "./settings.ts";\norchestrator("o", async () => REGION);',
        "settings.ts": "export const REGION = process.env.REGION;",
      },
      errors: [asks("process.env", 3, 31, "Calls REGION -> process.env (virtual/settings.ts:1). ")],
    },
  ],
});
