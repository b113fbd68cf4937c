/**
 * The rule `dacapo/no-wall-clock`: orchestrator code does not read the clock of the machine.
 *
 * Invariant: it reports what it can prove, at the place in the orchestrator, and never throws. An automatic fix
 * keeps the kind of the value and uses a context that is provably there. Called by ESLint alone.
 */
import type { JSONSchema, TSESLint, TSESTree } from "@typescript-eslint/utils";

import { followHelpers, helperCallOf, type Reached } from "../semantic/helper-path.ts";
import {
  contextBindingOf,
  findOrchestratorCode,
  functionsOf,
  mentionsPackage,
  reachesContext,
  type ContextBinding,
} from "../semantic/orchestrator-code.ts";
import { findVariable, originOf } from "../semantic/origin.ts";
import type { FunctionNode } from "../semantic/walk.ts";

type Source = Readonly<TSESLint.SourceCode>;

/** The messages of the rule, by name. */
export type MessageIds = "readsClock" | "callsClock" | "useContextTime" | "addContext";

type Remedy = Pick<TSESLint.ReportDescriptor<MessageIds>, "fix" | "suggest">;

/** One reading of the clock. */
interface ClockReading {
  readonly node: TSESTree.CallExpression | TSESTree.NewExpression;
  /** The reading as it is called in messages. */
  readonly api: string;
  /** The member of the context's time that gives the same kind of value; undefined when there is none. */
  readonly replacement: string | undefined;
  /** True when putting the replacement in its place provably changes nothing else. */
  readonly replaceable: boolean;
}

/** The clocks that are read by a call, and what gives the same kind of value from `currentUtcDateTime`. */
const CALLED: ReadonlyMap<string, string | undefined> = new Map([
  ["Date", ".toString()"],
  ["Date.now", ".getTime()"],
  ["performance.now", undefined],
  ["perf_hooks:performance.now", undefined],
  ["process.hrtime", undefined],
  ["process.hrtime.bigint", undefined],
  ["process:hrtime", undefined],
  ["process:hrtime.bigint", undefined],
  ["process.uptime", undefined],
  ["process:uptime", undefined],
]);

/** The context's name in messages about a function that does not name it. */
const USUAL_CONTEXT = "ctx";

function clockReadingOf(node: TSESTree.Node, source: Source): ClockReading | undefined {
  if (node.type !== "CallExpression" && node.type !== "NewExpression") return undefined;
  const origin = originOf(node.callee, source);
  if (origin === undefined) return undefined;
  const bare = origin.spelledOut && node.arguments.length === 0 && source.getCommentsInside(node).length === 0;
  if (node.type === "NewExpression") {
    // With an argument a Date is that moment; an argument that is spread may be one.
    if (origin.name !== "Date" || node.arguments.length > 0) return undefined;
    return { node, api: "new Date()", replacement: "", replaceable: bare };
  }
  if (!CALLED.has(origin.name)) return undefined;
  const name = origin.name.replace(/^perf_hooks:/u, "").replace(/^process:/u, "process.");
  // The text that Date() gives is in the machine's time zone, so its author should look at the change.
  return { node, api: `${name}()`, replacement: CALLED.get(origin.name), replaceable: bare && name !== "Date" };
}

/** Returns `text` to stand in the place of `node`, apart from the words that may touch it. */
function spaced(text: string, node: TSESTree.Node, source: Source): string {
  const isWord = (character: string) => /[\p{ID_Continue}$]/u.test(character);
  const [start, end] = node.range;
  const before = isWord(source.text.slice(Math.max(0, start - 1), start)) ? " " : "";
  const after = isWord(source.text.slice(end, end + 1)) && isWord(text.slice(-1)) ? " " : "";
  return before + text + after;
}

/**
 * Offers to give an orchestrator without parameters a context. The function must be written in the registering call,
 * which gives the new parameter its type, and the name must be free.
 */
function addContext(reading: ClockReading, orchestrator: FunctionNode, source: Source): Remedy {
  if (orchestrator.parent.type !== "CallExpression" || orchestrator.typeParameters !== undefined) return {};
  const opening = source.getFirstToken(orchestrator, { filter: ({ value }) => value === "(" });
  const taken = findVariable(USUAL_CONTEXT, reading.node, source) !== "global";
  if (opening === null || taken || source.getTokenAfter(opening)?.value !== ")") return {};
  const text = `${USUAL_CONTEXT}.currentUtcDateTime${reading.replacement ?? ""}`;
  const fix: TSESLint.ReportFixFunction = (fixer) => [
    fixer.insertTextAfter(opening, USUAL_CONTEXT),
    fixer.replaceText(reading.node, spaced(text, reading.node, source)),
  ];
  return { suggest: [{ messageId: "addContext", data: { context: USUAL_CONTEXT, replacement: text }, fix }] };
}

/** Returns the fix or the suggestion for one reading. */
function remedyFor(reading: ClockReading, orchestrator: FunctionNode, context: ContextBinding, source: Source): Remedy {
  const { node, replacement } = reading;
  if (replacement === undefined) return {};
  if (context.kind === "absent") return addContext(reading, orchestrator, source);
  if (context.kind === "unnamed" || !reachesContext(context, node, source)) return {};
  const text = `${context.name}.currentUtcDateTime${replacement}`;
  const fix: TSESLint.ReportFixFunction = (fixer) => fixer.replaceText(node, spaced(text, node, source));
  // A reading whose value nobody uses should be removed instead, which is not for a tool to decide.
  const used = node.parent.type !== "ExpressionStatement";
  if (context.kind === "proven" && reading.replaceable && used) return { fix };
  return { suggest: [{ messageId: "useContextTime", data: { replacement: text }, fix }] };
}

/** Keeps the nearest reading of each clock. */
function nearestOfEach(reached: readonly Reached<ClockReading>[]): readonly Reached<ClockReading>[] {
  const seen = new Set<string>();
  return reached.filter(({ effect: { api } }) => !seen.has(api) && seen.add(api));
}

function check(context: Readonly<TSESLint.RuleContext<MessageIds, []>>): void {
  const source = context.sourceCode;
  const orchestrators = findOrchestratorCode(source);
  const ownFunctions = functionsOf(orchestrators);
  const follow = followHelpers(source, (node) => clockReadingOf(node, source));
  for (const { node: orchestrator, nodes } of orchestrators) {
    const binding = contextBindingOf(orchestrator, source);
    const name = binding.kind === "proven" || binding.kind === "unproven" ? binding.name : USUAL_CONTEXT;
    for (const node of nodes) {
      const reading = clockReadingOf(node, source);
      if (reading !== undefined) {
        const data = { api: reading.api, context: name };
        context.report({ messageId: "readsClock", data, node, ...remedyFor(reading, orchestrator, binding, source) });
        continue;
      }
      const call = helperCallOf(node, source);
      // What a function of an orchestrator does is reported there, not where it is called.
      if (call === undefined || ownFunctions.has(call.target)) continue;
      for (const { effect, path } of nearestOfEach(follow(call))) {
        const whole = [...path, effect.api].join(" -> ");
        const data = { path: whole, line: String(effect.node.loc.start.line), context: name };
        context.report({ node, messageId: "callsClock", data });
      }
    }
  }
}

const schema: readonly JSONSchema.JSONSchema4[] = [];

/** The rule, as ESLint takes it. */
export const noWallClock: TSESLint.RuleModule<MessageIds, []> = {
  meta: {
    type: "problem",
    docs: {
      description: "Disallow reading the machine's clock in orchestrator code",
      url: "docs/rules/no-wall-clock.md",
    },
    fixable: "code",
    hasSuggestions: true,
    schema,
    defaultOptions: [],
    messages: {
      readsClock: "{{api}} returns a different value on replay. Use {{context}}.currentUtcDateTime.",
      callsClock:
        "The orchestrator calls {{path}} (line {{line}}), which returns a different value on replay. Pass {{context}}.currentUtcDateTime in.",
      useContextTime: "Replace with {{replacement}}.",
      addContext: "Add the parameter {{context}} and replace with {{replacement}}.",
    },
  },
  create(context) {
    return mentionsPackage(context.sourceCode)
      ? {
          "Program:exit": () => {
            check(context);
          },
        }
      : {};
  },
};
