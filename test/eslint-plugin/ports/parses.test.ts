/** The ported cases are well-formed: whatever a rule makes of them, it is the code that their names tell of. */
import ts from "typescript";
import { describe, expect, it } from "vitest";

import { cases as aws } from "./aws.ts";
import { cases as dotnetFunctions } from "./dotnet-functions.ts";
import { cases as dotnetSdk } from "./dotnet-sdk.ts";
import { cases as go } from "./go.ts";
import { dedent, ported, type PortedCase } from "./ported-case.ts";
import { cases as temporal } from "./temporal.ts";

const PEERS: Readonly<Record<string, readonly PortedCase[]>> = {
  "dotnet-functions": dotnetFunctions,
  "dotnet-sdk": dotnetSdk,
  go,
  temporal,
  aws,
};

const RULES: ReadonlySet<string> = new Set([
  "no-wall-clock",
  "no-random",
  "no-native-timers",
  "no-io",
  "no-environment",
  "no-host-info",
  "no-module-state",
  "no-captured-mutation",
  "no-native-promise",
  "no-await-non-durable",
  "no-floating-durable-task",
  "no-unused-generator-call",
  "require-continue-as-new",
  "no-spin-loop",
  "continue-as-new-usage",
  "no-replay-branching",
  "no-unsafe-logging",
  "no-client-in-orchestrator",
  "no-invocation-context",
  "known-task-name",
  "activity-types",
  "serializable-payload",
  "valid-registration",
  "no-direct-orchestrator-call",
  "no-gc-observers",
  "no-swallowed-durable-error",
  "critical-section-usage",
  "orchestrator-shape",
  "no-nondeterministic-call",
  "valid-suppression",
  "no-outer-context",
  "literal-task-name",
  "no-unknown-effects",
  "no-injected-dependency",
  "no-cancellation-token",
  "no-dynamic-import",
]);

/** What the compiler's parser has to say; it keeps it on the file, but not in its types. */
function syntaxErrors(file: string, code: string): readonly string[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const { parseDiagnostics } = source as ts.SourceFile & { readonly parseDiagnostics: readonly ts.Diagnostic[] };
  return parseDiagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

/** Every case that breaks a law, as the reader of a failure wants to see it. */
function breaking(cases: readonly PortedCase[], law: (ported: PortedCase) => readonly string[]): readonly string[] {
  return cases.flatMap((ported) => law(ported).map((problem) => `${ported.name}: ${problem}`));
}

describe("ported cases", () => {
  const all = Object.values(PEERS).flat();

  it.each(Object.entries(PEERS))("every file of %s parses", (_peer, cases) => {
    expect(cases.length).toBeGreaterThan(0);
    expect(
      breaking(cases, ({ files }) => Object.entries(files).flatMap(([file, code]) => syntaxErrors(file, code))),
    ).toEqual([]);
  });

  it("have names of their own", () => {
    const names = all.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("expect reports of known rules, at lines that hold code", () => {
    expect(
      breaking(all, ({ files, expect: reports }) =>
        reports
          .filter(({ rule, file, line }) => {
            const text = (file === undefined ? Object.values(files)[0] : files[file])?.split("\n")[line - 1];
            return !RULES.has(rule) || text === undefined || text.trim() === "";
          })
          .map(({ rule, line }) => `${rule} at ${line}`),
      ),
    ).toEqual([]);
  });

  it("leave no marker in the code that is linted", () => {
    expect(
      breaking(all, ({ files }) => Object.entries(files).flatMap(([f, code]) => (/\/\/ ?want/.test(code) ? [f] : []))),
    ).toEqual([]);
  });

  it("tell the program's files apart from those that stand alone", () => {
    expect(
      breaking(all, ({ files, typed }) =>
        Object.keys(files).length > 1 && typed !== true ? ["several files without the program"] : [],
      ),
    ).toEqual([]);
  });
});

describe("a case's text", () => {
  it("loses its common indentation and its markers, which become reports", () => {
    const { files, expect: reports } = ported("a law", {
      "a.ts": "\n    one(); // want no-io no-random\n      two();\n  ",
      "b.ts": "three(); // want no-io",
    });
    expect(files).toEqual({ "a.ts": "one();\n  two();\n", "b.ts": "three();\n" });
    expect(reports).toEqual([
      { rule: "no-io", file: "a.ts", line: 1 },
      { rule: "no-random", file: "a.ts", line: 1 },
      { rule: "no-io", file: "b.ts", line: 1 },
    ]);
  });

  it("keeps a text without indentation as it is", () => {
    expect(dedent("one();\n  two();\n")).toBe("one();\n  two();\n");
  });
});
