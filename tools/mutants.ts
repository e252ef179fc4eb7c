// Breaks one protection after another in a copy of the project and expects the tests to fail. Words choose mutants by file, test or
// what they guard; --night an eighth, chosen by the seed of the night. A survivor is a protection that nothing tests; a mutant whose text is gone is an error too.
import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { transformSync } from "esbuild";
import type { Mutant } from "../test/mutants/mutant.ts";
import { partOfNight } from "../test/support/campaign.ts";
import { scratch, testEnvironment } from "./test-environment.mjs";

const ROOT = resolve(import.meta.dirname, "..");
/** A test that hangs notices too, s. */
const LONGEST_S = 300;
const SHOWN_TAIL = 2500;

const { values, positionals: words } = parseArgs({ allowPositionals: true, options: { night: { type: "boolean" } } });
const part = values.night ? partOfNight(8) : { of: 1, first: 0 };
const workers = Number(process.env.SOLAR_MUTANT_JOBS ?? Math.min(2, availableParallelism()));
const testFiles = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join("test", name))
  .sort();

async function allMutants(): Promise<Mutant[]> {
  const files = readdirSync(join(ROOT, "test/mutants")).filter((name) => name !== "mutant.ts");
  const lists = await Promise.all(
    files.sort().map((name) => import(join(ROOT, "test/mutants", name)) as Promise<{ MUTANTS: Mutant[] }>),
  );
  return lists.flatMap(({ MUTANTS }) => MUTANTS);
}

function isWanted(mutant: Mutant): boolean {
  const haystack = [mutant.file, mutant.guards, ...mutant.tests].join("\n");
  return words.length === 0 || words.some((word) => haystack.includes(word));
}

function testsOf({ tests }: Mutant): string[] {
  return testFiles.filter((file) => tests.some((word) => file.includes(word)));
}

/** Why a mutant cannot be tried; null: it can. */
function staleness(mutant: Mutant): string | null {
  const path = join(ROOT, mutant.file);
  if (!existsSync(path)) return "no such file";
  const found = readFileSync(path, "utf8").split(mutant.text).length - 1;
  if (found !== 1) return `its text is found ${found} times`;
  if (mutant.tests.some((word) => !testFiles.some((file) => file.includes(word)))) return "no such test";
  try {
    transformSync(broken(readFileSync(path, "utf8"), mutant), { loader: "ts" });
  } catch {
    return "it is no code";
  }
  return null;
}

function broken(source: string, { text, to }: Mutant): string {
  return source.replace(text, () => to);
}

/** Whether a test file, or what it imports from test/ and tools/, runs dist/. */
function runsBundles(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const source = readFileSync(join(ROOT, file), "utf8");
  if (file.endsWith("support/bundle.ts")) return true;
  const imports = [...source.matchAll(/from "(\.[^"]+\.ts)"/g)].map(([, path]) => join(dirname(file), path as string));
  return imports.filter((path) => path.startsWith("test/")).some((path) => runsBundles(path, seen));
}

/**
 * A copy of the project to break; never the work tree itself. Beside each source lies the module made of it: a run of the tests then costs a
 * third of what it costs with a loader.
 */
function scratchCopy(): string {
  const copy = mkdtempSync(join(scratch(), "solar-mutants-"));
  for (const name of readdirSync(ROOT)) {
    if ([".git", "node_modules", ".cache"].includes(name)) continue;
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  // Tests of other users go in.
  chmodSync(copy, 0o755);
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  mkdirSync(join(copy, ".cache"));
  if (existsSync(join(ROOT, ".cache/debian"))) symlinkSync(join(ROOT, ".cache/debian"), join(copy, ".cache/debian"));
  for (const folder of ["bin", "lib", "test", "tools"]) {
    for (const name of readdirSync(join(copy, folder), { recursive: true, encoding: "utf8" })) {
      const path = join(copy, folder, name);
      if (path.endsWith(".ts")) writeFileSync(moduleOf(path), compiled(readFileSync(path, "utf8")));
    }
  }
  return copy;
}

const moduleOf = (path: string): string => path.replace(/\.ts$/, ".mjs");

/** Its imports are modules too; everything else that names a source (a child's script, a test that reads it) still finds it. */
function compiled(source: string): string {
  const { code } = transformSync(source, { loader: "ts", format: "esm", target: "node20" });
  return code.replace(/((?:\bfrom|\bimport|\bimport\(|\)\()\s*["`]\.[^"`]*)\.ts(["`])/g, "$1.mjs$2");
}

/** Process groups to end with this process: a broken test may never end by itself. */
const running = new Set<number>();
const copies: string[] = [];
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    for (const group of running) process.kill(group, "SIGKILL");
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
    process.exit(1);
  });
}

interface Ran {
  readonly passed: boolean;
  readonly output: string;
}

function run(copy: string, args: readonly string[]): Promise<Ran> {
  const env = testEnvironment({}, copy);
  // Tests inside of tests would report to this one.
  delete env.NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, args, { cwd: copy, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const hear = (data: Buffer): void => {
    output = (output + data.toString()).slice(-200_000);
    // One red test is enough: the others need not be waited for.
    if (running.has(group) && /^not ok /m.test(output)) process.kill(group, "SIGKILL");
  };
  const group = -(child.pid as number);
  running.add(group);
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const timer = setTimeout(() => process.kill(group, "SIGKILL"), LONGEST_S * 1000);
  return new Promise((done) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(group);
      done({ passed: code === 0, output });
    });
  });
}

async function build(copy: string): Promise<void> {
  const { passed, output } = await run(copy, ["tools/build.mjs"]);
  if (!passed) throw new Error(`the build failed:\n${output.slice(-SHOWN_TAIL)}`);
}

/** The test files one after another, until one is red. */
async function runTests(copy: string, files: readonly string[], only?: string): Promise<Ran> {
  const pattern = only === undefined ? [] : [`--test-name-pattern=${only}`];
  let output = "";
  for (const file of files) {
    const ran = await run(copy, ["--test-reporter=tap", ...pattern, moduleOf(file)]);
    output += ran.output;
    if (!ran.passed) return { passed: false, output };
  }
  return { passed: true, output };
}

/** What became of the tests of a mutant before anything was broken: tests that are red then would kill everything. */
const unbroken = new Map<string, Promise<boolean>>();

function passesUnbroken(copy: string, mutant: Mutant, bundled: boolean): Promise<boolean> {
  const set = `${testsOf(mutant)} ${mutant.only ?? ""}`;
  const known = unbroken.get(set);
  if (known !== undefined) return known;
  const found = (async () => {
    if (bundled) await build(copy);
    const { passed, output } = await runTests(copy, testsOf(mutant), mutant.only);
    const ran = [...output.matchAll(/^# pass (\d+)$/gm)].some(([, count]) => Number(count) > 0);
    return passed && ran;
  })();
  unbroken.set(set, found);
  return found;
}

interface Tried {
  readonly mutant: Mutant;
  readonly end: "killed" | "SURVIVED" | "red or empty before anything is broken";
}

async function tryOne(copy: string, mutant: Mutant): Promise<Tried> {
  const path = join(copy, mutant.file);
  const original = readFileSync(path, "utf8");
  const files = testsOf(mutant);
  const bundled = files.some((file) => runsBundles(file));
  if (!(await passesUnbroken(copy, mutant, bundled))) return { mutant, end: "red or empty before anything is broken" };
  try {
    write(path, broken(original, mutant));
    if (bundled) await build(copy);
    const { passed, output } = await runTests(copy, files, mutant.only);
    if (output.includes("dist/ is not made of")) throw new Error(`${mutant.file}: dist/ was not built anew`);
    return { mutant, end: passed ? "SURVIVED" : "killed" };
  } finally {
    write(path, original);
  }
}

function write(path: string, source: string): void {
  writeFileSync(path, source);
  writeFileSync(moduleOf(path), compiled(source));
}

async function main(): Promise<number> {
  const wanted = (await allMutants()).filter(isWanted).filter((_, index) => index % part.of === part.first);
  const stale = wanted.filter((mutant) => staleness(mutant) !== null);
  for (const mutant of stale) {
    console.error(`stale: ${mutant.file}: ${mutant.guards}: ${staleness(mutant)}: ${mutant.text}`);
  }
  const mutants = wanted.filter((mutant) => !stale.includes(mutant));
  if (mutants.length === 0) {
    console.error(`no mutant to try matches ${words.join(" ")}`);
    return 1;
  }
  for (let worker = 0; worker < workers; worker++) copies.push(scratchCopy());
  try {
    const queue = [...mutants];
    const tried: Tried[] = [];
    const work = async (copy: string): Promise<void> => {
      for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
        const one = await tryOne(copy, mutant);
        tried.push(one);
        const place = `${tried.length}/${mutants.length}`;
        console.log(`${place} ${one.end} ${mutant.file}: ${mutant.guards}`);
      }
    };
    await Promise.all(copies.map(work));
    const survivors = tried.filter(({ end }) => end !== "killed");
    for (const { mutant, end } of survivors) {
      console.error(
        `${end}: ${mutant.file}: ${mutant.guards}\n  - ${mutant.text}\n  + ${mutant.to}\n  ${mutant.tests.join(" ")}`,
      );
    }
    console.log(`${tried.length - survivors.length} of ${tried.length + stale.length} mutants died`);
    return survivors.length + stale.length === 0 ? 0 : 1;
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = await main();
