// A reporter that says nothing and remembers for docs/reference/promises.md how each test of a file ended: .cache/results/NODE/FILE.json.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { Transform } from "node:stream";

/** Whether each campaign tried the whole (npm run test:nightly) or its share. */
const whole = ["1", "all"].includes(process.env.SOLAR_NIGHTLY ?? "");
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const files = new Map();

function remember({ type, data }) {
  if ((type !== "test:pass" && type !== "test:fail") || data.file === undefined || data.details?.type === "suite")
    return;
  const file = relative(".", data.file);
  const tests = files.get(file) ?? files.set(file, []).get(file);
  const skipped = data.skip !== undefined && data.skip !== false;
  tests.push({ name: data.name, end: skipped ? "skipped" : type === "test:pass" ? "passed" : "failed" });
}

function writeFiles() {
  const [node] = process.versions.node.split(".");
  const folder = `.cache/results/${node}`;
  mkdirSync(folder, { recursive: true });
  for (const [file, tests] of files) {
    const result = { file, date: new Date().toISOString().slice(0, 10), version, node: process.version, whole, tests };
    writeFileSync(`${folder}/${file.replaceAll("/", "_")}.json`, JSON.stringify(result));
  }
}

export default new Transform({
  writableObjectMode: true,
  transform(event, _encoding, done) {
    remember(event);
    done();
  },
  flush(done) {
    writeFiles();
    done();
  },
});
