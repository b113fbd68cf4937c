/**
 * What is measured of the ESLint plugin, on the tree of lint-tree.mjs. Linters and checkers are programs that end, so each
 * number is that of the first time in a process, and counts the processor's time of the whole process: on a machine that
 * does other things, too, the clock on the wall would measure those.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeTree } from "./lint-tree.mjs";

/** One round: a second one would find the compiler warm. */
export const rounds = 1;

const root = fileURLToPath(new URL("..", import.meta.url));
const plugin = new URL("../eslint-plugin/dist/", import.meta.url);

/** Milliseconds to analyse every file once the program is built, all rules on. */
export async function analysisMs(files) {
  return inTree(files, true, async (folder) => {
    const { loadTypeScript } = await import(new URL("semantic/typescript.js", plugin));
    const { readProjects } = await import(new URL("check/projects.js", plugin));
    const { Sources } = await import(new URL("check/sources.js", plugin));
    const { buildProgram } = await import(new URL("check/program.js", plugin));
    const { Analysis } = await import(new URL("semantic/analysis.js", plugin));
    const { DEFAULT_SETTINGS } = await import(new URL("semantic/settings.js", plugin));
    const { detectors } = await import(new URL("hazards/index.js", plugin));
    loadTypeScript();
    const projects = readProjects(folder, folder);
    const program = buildProgram(projects[0], new Sources(projects));
    // The checker binds every file when it is made: that is the last part of building a program.
    program.getTypeChecker();
    const begin = performance.now();
    const analysis = new Analysis(program, true, DEFAULT_SETTINGS, folder, detectors);
    const findings = analysis.project.files.flatMap((file) => analysis.findingsIn(file));
    const ms = performance.now() - begin;
    if (findings.length === 0) throw new Error("The clocks at the ends of the chains were not found.");
    return ms;
  });
}

/** Milliseconds of typescript-eslint's typed rules alone. */
export const lintAloneMs = (files) => lintMs(files, true, false);
/** The same with our typed rules on top. */
export const lintWithOursMs = (files) => lintMs(files, true, true);
/** The same pair on a tree without durable imports. */
export const lintPlainAloneMs = (files) => lintMs(files, false, false);
export const lintPlainWithOursMs = (files) => lintMs(files, false, true);

/** How many files of a tree without durable imports are looked at. */
export async function plainFilesAnalysed(files) {
  const { check } = await import(new URL("check/index.js", plugin));
  return inTree(files, false, (folder) => check({ project: folder, directory: folder }).analysed);
}

function lintMs(files, isDurable, withOurs) {
  return inTree(files, isDurable, async (folder) => {
    const { ESLint } = await import("eslint");
    const { default: tseslint } = await import("typescript-eslint");
    const { default: dacapo } = await import(new URL("index.js", plugin));
    const eslint = new ESLint({
      cwd: folder,
      overrideConfigFile: true,
      overrideConfig: [
        ...tseslint.configs.recommendedTypeChecked,
        { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: folder } } },
        ...(withOurs ? [dacapo.configs.recommendedTypeChecked] : []),
      ],
    });
    const before = process.cpuUsage();
    const results = await eslint.lintFiles(["src"]);
    const { user, system } = process.cpuUsage(before);
    const broken = results.find(({ fatalErrorCount }) => fatalErrorCount > 0);
    if (broken !== undefined) throw new Error(`${broken.filePath}: ${broken.messages[0].message}`);
    const ours = results.flatMap(({ messages }) => messages).filter(({ ruleId }) => ruleId?.startsWith("dacapo/"));
    if (ours.length > 0 !== (withOurs && isDurable)) throw new Error(`${ours.length} findings of ours.`);
    return (user + system) / 1000;
  });
}

async function inTree(files, isDurable, work) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "dacapo-bench-")));
  try {
    writeTree(folder, files, join(root, "node_modules"), isDurable);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
