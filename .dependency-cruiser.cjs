/**
 * Who may import whom. One rule a layer, each a whitelist: what a layer's rule does not name, it may not import,
 * be it another layer, an npm package or a `node:` module. Imports of types count like any other (except in a
 * cycle).
 *
 * A new layer needs a row here; until it has one it may import nothing at all. test/architecture/layers.test.ts
 * plants a violation of every row.
 */

/** Resolved paths of packages, wherever they are installed. */
const npm = (...names) => `(^|/)node_modules/(${names.join("|")})(/|$)`;

/** `import type { T } from "..."` and `import("...").T`: gone once compiled. */
const onlyTypes = ["type-only", "type-import"];

/** The entry points of the engine: all that the simulator may see of it. */
const publicEntryPoints =
  "^src/(index|backend|replay/index|testing/index|schedules/index|codec/index|backends/(memory|sqlite|postgres)/index)[.]ts$";

/**
 * A row of the matrix.
 * @param {string} layer a folder of src
 * @param {string[]} may path patterns of what its files may import, its own folder included
 */
const row = (layer, ...may) => ({
  name: `${layer.replace("/", "-")}-imports`,
  severity: "error",
  comment: `src/${layer} may import ${may.join(", ")} and nothing else.`,
  from: { path: `^src/${layer}/` },
  to: { pathNot: may },
});

const layers = ["core", "ports", "runtime", "backends", "client", "schedules", "codec", "replay", "testing", "cli"];

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment:
        "A cycle of loading means that two files are one. Merge them, or move what both need into a third. Types may " +
        "refer to each other in a circle within a layer: that loads nothing, and the rows keep it inside the layer.",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: onlyTypes } },
    },
    {
      name: "resolvable",
      severity: "error",
      comment: "An import that leads nowhere could lead anywhere.",
      from: {},
      to: { couldNotResolve: true },
    },
    row("core", "^src/core/"),
    row("ports", "^src/(core|ports)/"),
    {
      name: "ports-are-types",
      severity: "error",
      comment: "src/ports holds interfaces: it imports types alone.",
      from: { path: "^src/ports/" },
      to: { dependencyTypesNot: onlyTypes },
    },
    {
      ...row("runtime", "^src/(core|ports|runtime)/"),
      from: { path: "^src/runtime/", pathNot: "^src/runtime/(system|determinism-guard|user-location|task-hub)[.]ts$" },
    },
    {
      name: "runtime-system-imports",
      severity: "error",
      comment:
        "src/runtime/system.ts asks the machine, determinism-guard.ts keeps others from asking, and user-location.ts " +
        "reads its stacks: node: modules, no npm. The rest of the runtime touches no machine.",
      from: { path: "^src/runtime/(system|determinism-guard|user-location)[.]ts$" },
      to: { pathNot: "^src/(core|ports|runtime)/", dependencyTypesNot: ["core"] },
    },
    {
      name: "runtime-task-hub-imports",
      severity: "error",
      comment: "src/runtime/task-hub.ts is where an app's hub is put together: it also hands out the client.",
      from: { path: "^src/runtime/task-hub[.]ts$" },
      to: { pathNot: "^src/(core|ports|runtime|client)/" },
    },
    {
      name: "backends-imports",
      severity: "error",
      comment: "A backend may import core, ports, its own folder, and what backends share: waiting, and SQL.",
      from: { path: "^src/backends/([^/]+)/", pathNot: "^src/backends/(sqlite|postgres)/load-driver[.]ts$" },
      to: { pathNot: ["^src/(core|ports)/", "^src/backends/($1|sql|waiting)/"] },
    },
    {
      name: "driver-imports",
      severity: "error",
      comment: "A backend's load-driver.ts alone loads a driver, by a name that is not written as an import.",
      from: { path: "^src/backends/([^/]+)/load-driver[.]ts$" },
      to: { pathNot: ["^src/core/errors[.]ts$", "^src/backends/$1/driver[.]ts$"] },
    },
    row("client", "^src/(core|ports|client)/"),
    // Schedules are an app on the engine that comes with it: an entity, and a client.
    row(
      "schedules",
      "^src/(core|ports|client|schedules)/",
      "^src/runtime/(entity-definition|task-entity|guarded-region)[.]ts$",
      npm("croner"),
    ),
    row("codec", "^src/(core|ports|codec)/", "^(zlib|util)$"),
    row("replay", "^src/(core|replay)/", "^src/runtime/(system|determinism-guard|guarded-execution)[.]ts$"),
    // The suite runs under any test runner, so it brings Node's own assertions.
    row("testing", "^src/(core|ports|client|testing|backends/memory)/", "^assert(/strict)?$"),
    {
      name: "cli-imports",
      severity: "error",
      comment: "The command line composes the engine. Of npm it may use commander, and load our own packages.",
      from: { path: "^src/cli/" },
      to: { pathNot: ["^src/", "^simulator/", "^eslint-plugin/", npm("commander")], dependencyTypesNot: ["core"] },
    },
    {
      name: "layer-without-a-row",
      severity: "error",
      comment: "A folder of src that has no row in this file may import nothing.",
      from: { path: "^src/[^/]+/", pathNot: `^src/(${layers.join("|")})/` },
      to: {},
    },
    {
      name: "entry-points-re-export",
      severity: "error",
      comment: "A file directly in src is an entry point: it re-exports what the layers hold.",
      from: { path: "^src/[^/]+[.]ts$" },
      to: { pathNot: "^src/[^/]+/" },
    },
    {
      name: "nothing-imports-an-entry-point",
      severity: "error",
      comment: "Inside the engine, import the file that holds the thing.",
      from: { path: "^src/", pathNot: "^src/cli/" },
      to: { path: "^src/[^/]+[.]ts$" },
    },
    {
      name: "nothing-imports-the-cli",
      severity: "error",
      comment: "The command line is the outermost layer.",
      from: { pathNot: "^src/cli/" },
      to: { path: "^src/cli/" },
    },
    {
      name: "simulator-imports",
      severity: "error",
      comment: "The simulator sees of the engine what its users see: the public entry points.",
      from: { path: "^simulator/src/" },
      to: {
        pathNot: [
          "^simulator/src/",
          publicEntryPoints,
          npm("fast-check", "seedrandom", "@types/seedrandom", "jiti", "vitest"),
        ],
        dependencyTypesNot: ["core"],
      },
    },
    {
      name: "simulator-loads-fast-check-on-demand",
      severity: "error",
      comment: "Who only simulates does not load fast-check: only its own entry point does. Types load nothing.",
      from: { path: "^simulator/src/", pathNot: "^simulator/src/fast-check/" },
      to: { path: [npm("fast-check"), "^simulator/src/fast-check/"], dependencyTypesNot: onlyTypes },
    },
    {
      name: "simulator-loads-vitest-on-demand",
      severity: "error",
      comment: "vitest is an optional peer: only the entry point for it may know it.",
      from: { path: "^simulator/src/", pathNot: "^simulator/src/vitest/" },
      to: { path: [npm("vitest"), "^simulator/src/vitest/"] },
    },
    {
      name: "simulator-imports-packages-by-name",
      severity: "error",
      comment: "A relative path into the engine would be broken once the packages are installed side by side.",
      from: { path: "^simulator/src/" },
      to: { path: "^src/", dependencyTypes: ["local"] },
    },
    {
      name: "eslint-plugin-imports",
      severity: "error",
      comment: "The plugin works on any project: it imports nothing of the engine.",
      from: { path: "^eslint-plugin/src/" },
      to: {
        pathNot: ["^eslint-plugin/src/", npm("@typescript-eslint", "@types/estree", "eslint", "typescript")],
        dependencyTypesNot: ["core"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@dacapo/source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs"],
    },
  },
};
