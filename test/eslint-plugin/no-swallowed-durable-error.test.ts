/** What `dacapo/no-swallowed-durable-error` reports and what it leaves alone. */
import { noSwallowedDurableError } from "../../eslint-plugin/src/rules/no-swallowed-durable-error.ts";
import { asyncStyle, durableTask, functionsV3, functionsV4, generator } from "./frames.ts";
import { testRule, testRuleOnTypeScript, type Expected } from "./rule-tester.ts";

const swallowed = (line: number, column: number, api = "catch"): Expected => ({
  message: `${api} swallows the failure of durable work. Handle it, throw it on, or say in a comment why it does not matter.`,
  line,
  column,
});
const engine = (error: string, line: number, column: number): Expected => ({
  message: `${error} says that the code does not replay, and nothing can go on after it. Throw it on.`,
  line,
  column,
});
const asks = (body: string) => generator(body, "", "NonDeterminismError, TaskFailedError, orchestrator");

testRule("no-swallowed-durable-error", noSwallowedDurableError, {
  valid: [
    {
      name: "a best effort inside a handler that throws on",
      code: functionsV4(
        'try { yield context.df.callActivity("a"); } catch (e) { try { yield context.df.callActivity("report"); } catch {} throw e; }',
      ),
    },
    {
      name: "a handler that explains itself",
      code: generator('try { yield* ctx.callActivity("a"); } catch { /* the mail may be lost */ }'),
    },
    {
      name: "a handler that throws on",
      code: functionsV4('try { yield context.df.callActivity("a"); } catch (e) { throw e; }'),
    },
    {
      name: "a handler that compensates",
      code: functionsV3('try { yield context.df.callActivity("a"); } catch { yield context.df.callActivity("undo"); }'),
    },
    {
      name: "a handler that logs",
      code: asyncStyle('try { await ctx.callActivity("a"); } catch (e) { ctx.log.error(String(e)); }'),
    },
    {
      name: "a handler that returns",
      code: durableTask('try { yield ctx.callActivity("a"); } catch { return "failed"; }'),
    },
    {
      name: "a handler that goes on with a loop",
      code: generator('for (const x of input) { try { yield* ctx.callActivity("a", x); } catch { continue; } }'),
    },
    { name: "a try without a handler", code: generator('try { yield* ctx.callActivity("a"); } finally { input(); }') },
    { name: "an empty handler of plain code", code: generator("try { JSON.parse(input); } catch {}") },
    {
      name: "an empty handler of code that only makes a function",
      code: generator('let f; try { f = () => ctx.callActivity("a"); } catch {} yield* f();'),
    },
    {
      name: "an empty handler in an activity",
      code: functionsV4(
        "return 1;",
        'df.app.activity("a", { handler: async () => { try { await run(); } catch {} } });',
      ),
    },
    { name: "a catch that gives a value", code: asyncStyle('return ctx.callActivity("a").catch(() => 0);') },
    {
      name: "a catch that explains itself",
      code: asyncStyle('await ctx.callActivity("a").catch(() => { /* optional */ });'),
    },
    { name: "a catch that calls something", code: asyncStyle('await ctx.callActivity("a").catch(() => input());') },
    { name: "a catch of something else", code: asyncStyle("await input.promise.catch(() => {});") },
    {
      name: "an engine's error that is thrown on",
      code: asks(
        'try { yield* ctx.callActivity("a"); } catch (e) { if (e instanceof NonDeterminismError) throw e; return 1; }',
      ),
    },
    {
      name: "an error of the work",
      code: asks(
        'try { yield* ctx.callActivity("a"); } catch (e) { if (e instanceof TaskFailedError) return 1; throw e; }',
      ),
    },
    {
      name: "another class of the same name",
      code: generator(
        'try { yield* ctx.callActivity("a"); } catch (e) { if (e instanceof NonDeterminismError) return 1; throw e; }',
        "class NonDeterminismError {}",
      ),
    },
  ],
  invalid: [
    {
      name: "an empty handler, Dacapo",
      code: generator('try { yield* ctx.callActivity("a"); } catch {}'),
      output: null,
      errors: [swallowed(3, 39)],
    },
    {
      name: "an empty handler, Durable Functions v4",
      code: functionsV4('try {\nyield context.df.callActivity("a");\n} catch (e) {\n}'),
      output: null,
      errors: [swallowed(5, 3)],
    },
    {
      name: "an empty handler, Durable Functions v3",
      code: functionsV3("const t = context.df.createTimer(1);\ntry { yield t; } catch (_) {}"),
      output: null,
      errors: [swallowed(4, 18)],
    },
    {
      name: "an empty handler, durabletask-js",
      code: durableTask('try { yield ctx.waitForExternalEvent("e"); } catch {}'),
      output: null,
      errors: [swallowed(3, 46)],
    },
    {
      name: "an empty handler, async",
      code: asyncStyle('try { await ctx.callActivity("a"); } catch {}'),
      output: null,
      errors: [swallowed(3, 38)],
    },
    {
      name: "an empty handler around Promise.all",
      code: asyncStyle("try { await Promise.all(input.map((x) => ctx.callActivity(x))); } catch {}"),
      output: null,
      errors: [swallowed(3, 67)],
    },
    {
      name: "an empty handler around an async helper",
      code: asyncStyle("try { await step(ctx); } catch {}", 'async function step(c) { await c.callActivity("a"); }'),
      output: null,
      errors: [swallowed(3, 26)],
    },
    {
      name: "an empty handler around a helper generator",
      code: generator("try { yield* step(ctx); } catch {}", 'function* step(c) { yield* c.callActivity("a"); }'),
      output: null,
      errors: [swallowed(3, 27)],
    },
    {
      name: "an empty handler with a finally",
      code: generator('try { yield* ctx.callActivity("a"); } catch {} finally { input(); }'),
      output: null,
      errors: [swallowed(3, 39)],
    },
    {
      name: "a catch that does nothing",
      code: asyncStyle('await ctx.callActivity("a").catch(() => {});'),
      output: null,
      errors: [swallowed(3, 7, ".catch()")],
    },
    {
      name: "a catch that gives nothing",
      code: asyncStyle('await ctx.callActivity("a").catch(() => undefined);'),
      output: null,
      errors: [swallowed(3, 7, ".catch()")],
    },
    {
      name: "a catch of a promise of tasks",
      code: asyncStyle("await Promise.all(input.map((x) => ctx.callActivity(x))).catch(function () {});"),
      output: null,
      errors: [swallowed(3, 7, ".catch()")],
    },
    {
      name: "a second handler of then",
      code: asyncStyle('await ctx.callActivity("a").then(input, () => {});'),
      output: null,
      errors: [swallowed(3, 7, ".then()")],
    },
    {
      name: "an engine's error that is kept",
      code: asks(
        'try { yield* ctx.callActivity("a"); } catch (e) { if (e instanceof NonDeterminismError) return 1; throw e; }',
      ),
      output: null,
      errors: [engine("NonDeterminismError", 3, 39)],
    },
    {
      name: "an engine's error among others",
      code: asks(
        'try { yield* ctx.callActivity("a"); } catch (e) { if (e instanceof TaskFailedError || e instanceof NonDeterminismError) { return 1; } throw e; }',
      ),
      output: null,
      errors: [engine("NonDeterminismError", 3, 39)],
    },
    {
      name: "in a helper, reported at its call",
      code: generator("return yield* run(input);", "function* run(tasks) { try { yield tasks[0]; } catch {} }"),
      output: null,
      errors: [
        {
          message:
            "Calls run() -> catch (input.ts:5). catch swallows the failure of durable work. Handle it, throw it on, or say in a comment why it does not matter.",
          line: 3,
          column: 15,
        },
      ],
    },
  ],
});

testRuleOnTypeScript("no-swallowed-durable-error", noSwallowedDurableError, {
  valid: [
    {
      name: "a typed handler that says why",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx): Promise<void> => {\ntry { await (ctx.callActivity("a") as Task); } catch (error: unknown) { /* optional */ }\n});',
    },
  ],
  invalid: [
    {
      name: "a typed handler that is empty",
      code: 'import { orchestrator } from "dacapo";\norchestrator("o", async (ctx): Promise<void> => {\ntry { await (ctx.callActivity("a") as Task); } catch (error: unknown) {}\n});',
      output: null,
      errors: [swallowed(3, 48)],
    },
  ],
});
