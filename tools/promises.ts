// Writes docs/reference/promises.md from the results of the last test runs (.cache/results): no row is called good that did not run.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAULT_ROWS, type FaultRow } from "../test/faults/rows.ts";

interface Result {
  readonly file: string;
  readonly date: string;
  readonly version: string;
  readonly node: string;
  readonly whole?: boolean;
  readonly tests: readonly { readonly name: string; readonly end: "passed" | "failed" | "skipped" }[];
}

const FOLDER = ".cache/results";
const nodes = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];
if (nodes.length === 0) {
  console.error("no results: run npm test first");
  process.exit(1);
}
const results = new Map(nodes.map((node) => [node, resultsOf(node)]));

function resultsOf(node: string): Result[] {
  const folder = join(FOLDER, node);
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Result);
}

/** "12 passed", "11 passed, 1 failed", "3 passed (whole)", "not run": what became of a row's tests on one Node. */
function outcome({ tests }: FaultRow, all: readonly Result[]): string {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let missing = 0;
  for (const [word, names] of tests) {
    const files = all.filter(({ file }) => file.includes(word));
    const found = files.flatMap((result) => result.tests).filter(({ name }) => names === undefined || names.test(name));
    if (found.length === 0) missing++;
    for (const { end } of found) counts[end]++;
  }
  const told = Object.entries(counts).flatMap(([end, count]) => (count > 0 ? [`${count} ${end}`] : []));
  if (missing > 0) told.push(told.length === 0 ? "not run" : `${missing} of ${tests.length} files not run`);
  const isWhole = tests.some(([word]) => all.some(({ file, whole }) => file.includes(word) && whole === true));
  return told.join(", ") + (isWhole ? " (whole)" : "");
}

interface Night {
  readonly date: string;
  readonly node: string;
  readonly seed: string;
  readonly campaigns: number;
  readonly minutes: number;
  readonly red: readonly string[];
  readonly not_run: readonly string[];
  readonly figures: readonly (readonly [file: string, counted: readonly string[]])[];
}

/** Nights shown of each Node. */
const MOST_NIGHTS = 4;
const NIGHTS = ".cache/nights";
const nights = (existsSync(NIGHTS) ? readdirSync(NIGHTS).sort() : []).map(
  (name) => JSON.parse(readFileSync(join(NIGHTS, name), "utf8")) as Night,
);

function nightRow({ date, node, seed, campaigns, minutes, red, not_run, figures }: Night): string {
  const short = (name: string) => name.replace(/^test\/|\.test\.ts\b/g, "");
  const passed = campaigns - red.filter((line) => line.startsWith("test/")).length - not_run.length;
  const but = [
    ...(red.length > 0 ? [`red: ${red.map(short).join(", ")}`] : []),
    ...(not_run.length > 0 ? [`not run on that computer: ${not_run.map(short).join(", ")}`] : []),
  ];
  const told = figures.map(([file, counted]) => `${short(file)}: ${counted.join("; ")}`).join("<br>");
  const result = [`${passed} of ${campaigns}`, ...but].join("; ");
  return `| ${[date.slice(0, 16).replace("T", " "), node, seed, `${minutes} min`, result, told.replaceAll("|", "\\|")].join(" | ")} |`;
}

const shownNights = [...new Set(nights.map(({ node }) => node))]
  .sort()
  .flatMap((node) => nights.filter((night) => night.node === node).slice(-MOST_NIGHTS));

const files = (row: FaultRow): string =>
  row.tests
    .map(([word, names]) => `${word}${names === undefined ? "" : ` /${names.source.replaceAll("|", "\\|")}/`}`)
    .join("; ");
const ran = [...results.values()].flat().sort((a, b) => (a.date < b.date ? -1 : 1));
const [oldest, newest] = [ran[0], ran.at(-1)] as [Result, Result];
const cells = (row: FaultRow): string[] => [...results.values()].map((all) => outcome(row, all));
const lines = [
  "# Faults, and what became of them",
  "",
  `Written by \`npm run promises\` from the last run of each test, ${oldest.date} to ${newest.date}, version ${newest.version}. "Tests" names files and the tests in them by`,
  "words of their names; `npm test` runs a share of each campaign, `npm run test:nightly` the whole (so marked). What the rows are for: [promises](../promises.md).",
  "",
  `| Row | Fault | What must hold | Tests | ${nodes.map((node) => `Node ${node}`).join(" | ")} |`,
  `|---|---|---|---|${nodes.map(() => "---|").join("")}`,
  ...FAULT_ROWS.map((row) =>
    row.not_here === undefined
      ? `| ${[row.id, row.fault, row.holds, files(row), ...cells(row)].join(" | ")} |`
      : `| ${[row.id, row.fault, row.holds, `not here: ${row.not_here}`, ...nodes.map(() => "–")].join(" | ")} |`,
  ),
  ...(shownNights.length === 0
    ? []
    : [
        "",
        "## The nights",
        "",
        "The last runs of `npm run test:nightly` and `npm run test:nightly:22` as a whole: every campaign, and an eighth of the mutants.",
        "",
        "| Ended, UTC | Node | Seed | Took | Campaigns passed | What they counted |",
        "|---|---|---|---|---|---|",
        ...shownNights.map(nightRow),
      ]),
];
writeFileSync("docs/reference/promises.md", `${lines.join("\n")}\n`);
const open = FAULT_ROWS.filter(
  (row) =>
    row.not_here === undefined && cells(row).some((cell) => !/^\d+ passed(, \d+ skipped)?( \(whole\))?$/.test(cell)),
);
if (open.length > 0) console.error(`not proven in these runs: ${open.map(({ id }) => id).join(", ")}`);
