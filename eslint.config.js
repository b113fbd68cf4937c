/**
 * The rules of the house that a linter can keep: types, sizes, and who may read a clock or draw a random number.
 *
 * Three circles, from the strictest: `src/core` is pure; the rest of the engine asks a port, and only
 * `src/runtime/system.ts` (and the command line) asks the machine, and `determinism-guard.ts` beside it keeps others
 * from asking; the simulator draws every random number from
 * its one choice source. test/architecture proves that each restriction bites.
 */
import { defineConfig, globalIgnores } from "eslint/config";
import eslintPlugin from "eslint-plugin-eslint-plugin";
import tseslint from "typescript-eslint";
// By path, since under the condition "@dacapo/source" (docs/adr/0004) the name means TypeScript, which Node cannot load.
import dacapo from "./eslint-plugin/dist/index.js";

const throughPort = "Only src/runtime/system.ts may ask the machine; everything else takes a port (src/ports).";
const throughChoice = "A simulation draws only from its choice source, or its token reproduces nothing.";

/** Globals that read a clock, wait on one, or reach the process. */
const clockGlobals = [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "queueMicrotask",
  "performance",
  "process",
];
const networkGlobals = ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"];
const randomGlobals = ["crypto"];
/** Observers of the garbage collector and of other threads: not a function of the history either. */
const unreplayableGlobals = ["WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics"];

const clockProperties = [
  { object: "Date", property: "now" },
  { object: "AbortSignal", property: "timeout" },
];
const randomProperties = [{ object: "Math", property: "random" }];
/** What depends on the machine's language and time zone. */
const localeProperties = [
  "toLocaleString",
  "toLocaleDateString",
  "toLocaleTimeString",
  "toLocaleLowerCase",
  "toLocaleUpperCase",
  "localeCompare",
  "getTimezoneOffset",
].map((property) => ({ property }));

/** `new Date(ms)` only wraps a number that somebody passed in, so it is allowed everywhere. */
const clockSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: throughPort },
  { selector: "CallExpression[callee.name='Date']", message: throughPort },
];
const noDecorators = [{ selector: "Decorator", message: "No decorators: plain functions and objects do." }];
const onlyReExports = [
  {
    selector: "Program > :not(ExportAllDeclaration, ExportNamedDeclaration[source])",
    message: "An entry point only re-exports.",
  },
];

const explain = (restrictions, message) => restrictions.map((restriction) => ({ ...restriction, message }));
const restrictGlobals = (names, message) => [
  "error",
  { globals: names.map((name) => ({ name, message })), checkGlobalObject: true },
];

export default defineConfig(
  globalIgnores(["**/dist/", "**/coverage/", "**/.snippets/", "test/**/fixtures/"]),
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-async-promise-executor": "error",
      "no-cond-assign": "error",
      "no-constant-condition": ["error", { checkLoops: "allExceptWhileTrue" }],
      "no-debugger": "error",
      "no-duplicate-case": "error",
      "no-empty": "error",
      "no-eval": "error",
      "no-fallthrough": "error",
      "no-loss-of-precision": "error",
      "no-new-func": "error",
      "no-self-assign": "error",
      "no-self-compare": "error",
      "no-sparse-arrays": "error",
      "no-unmodified-loop-condition": "error",
      "no-unsafe-finally": "error",
      "no-unsafe-optional-chaining": "error",
      "no-unused-labels": "error",
      "no-unused-private-class-members": "error",
      "no-useless-backreference": "error",
      "no-useless-escape": "error",
      "no-restricted-syntax": ["error", ...noDecorators],
      "max-lines": ["error", 500],
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // The compiler narrows a property for good, also across a call that changes it; this rule then takes the check
      // after the call, which is necessary, for a needless one.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // An async method without `await` still promises to reject instead of throwing: ports rely on it.
      "@typescript-eslint/require-await": "off",
      // A type parameter used once still names what a caller may write down: `waitForExternalEvent<boolean>()`.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // Overloads and spelt-out defaults are documentation: each may carry its own comment.
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/no-unnecessary-type-arguments": "off",
    },
  },
  {
    files: ["src/**/*.ts", "simulator/src/**/*.ts", "eslint-plugin/src/**/*.ts"],
    rules: {
      "max-lines-per-function": ["error", 70],
      // An exhaustive switch is one decision, however many cases it has.
      complexity: ["error", { max: 15, variant: "modified" }],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/runtime/{system,determinism-guard}.ts", "src/cli/**"],
    rules: {
      "no-restricted-globals": restrictGlobals([...clockGlobals, ...networkGlobals, ...randomGlobals], throughPort),
      "no-restricted-properties": ["error", ...explain([...clockProperties, ...randomProperties], throughPort)],
      "no-restricted-syntax": ["error", ...noDecorators, ...clockSyntax],
    },
  },
  {
    files: ["src/core/**/*.ts"],
    rules: {
      "no-restricted-globals": restrictGlobals(
        [...clockGlobals, ...networkGlobals, ...randomGlobals, ...unreplayableGlobals],
        "The core is a function of its arguments.",
      ),
      "no-restricted-properties": [
        "error",
        ...explain(
          [...clockProperties, ...randomProperties, ...localeProperties],
          "The core is a function of its arguments.",
        ),
      ],
    },
  },
  // Our own rules, on the code that shows others how to write an orchestrator, and on the core.
  { files: ["src/core/**/*.ts", "examples/**"], extends: [dacapo.configs.recommended] },
  {
    files: ["src/*.ts", "src/{replay,testing,backends/*}/index.ts", "simulator/src/index.ts"],
    rules: { "no-restricted-syntax": ["error", ...noDecorators, ...onlyReExports] },
  },
  {
    files: ["simulator/src/**/*.ts"],
    rules: {
      "no-restricted-globals": restrictGlobals(randomGlobals, throughChoice),
      "no-restricted-properties": ["error", ...explain(randomProperties, throughChoice)],
    },
  },
  {
    files: ["eslint-plugin/src/**/*.ts", "test/eslint-plugin/**/*.ts"],
    // Syntax nodes name their type by an enum of strings, and every lint rule compares it with the string.
    rules: { "@typescript-eslint/no-unsafe-enum-comparison": "off" },
  },
  {
    // Each of our own rules as the authors of ESLint want rules to be. A file here calls `createRule({ meta, create })`,
    // which the plugin takes for a rule; test/architecture/lint-rules.test.ts proves that it sees each of them.
    files: ["eslint-plugin/src/rules/*.ts"],
    extends: [eslintPlugin.configs["rules-recommended"]],
    rules: {
      "eslint-plugin/meta-property-ordering": [
        "error",
        ["type", "docs", "fixable", "hasSuggestions", "schema", "messages"],
      ],
      "eslint-plugin/report-message-format": ["error", "^\\S.*([.?]|\\{\\{instead\\}\\})$"],
      "eslint-plugin/require-meta-docs-description": ["error", { pattern: "^(Disallow|Enforce|Require)" }],
      // `createRule` adds these, the same for every rule.
      "eslint-plugin/require-meta-schema": "off",
      "eslint-plugin/require-meta-default-options": "off",
      // What is reported, the analysis finds; ESLint itself refuses suggestions of a rule that announces none.
      "eslint-plugin/require-meta-has-suggestions": "off",
      // For rules that read ESTree and may be met by another language's tree; ours read TypeScript's.
      "eslint-plugin/no-property-in-node": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // A test says what must not happen by naming the value that it does not expect.
      "@typescript-eslint/no-non-null-assertion": "off",
      // Planted misuse: tests call the library in ways that its types forbid.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "no-restricted-properties": [
        "error",
        ...explain(
          [{ object: "Date", property: "now" }, { object: "performance", property: "now" }, ...randomProperties],
          "A test depends neither on wall time nor on chance.",
        ),
      ],
    },
  },
  {
    // One list of cases, each a few lines.
    files: ["test/eslint-plugin/across-files.test.ts"],
    rules: { "max-lines": "off", "@typescript-eslint/no-unsafe-enum-assignment": "off" },
  },
  {
    // What a worker runs there is not a test's own code.
    files: ["test/torture/**"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["test/runtime/determinism-guard.test.ts", "test/simulator/leaks.test.ts"],
    // Leaks are planted there on purpose: the guard has to find them.
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["**/*.{js,cjs,mjs}"],
    extends: [tseslint.configs.base],
    rules: { "no-var": "error", "prefer-const": "error", "@typescript-eslint/no-unused-vars": "error" },
  },
);
