import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { StateError } from "../../lib/base/errors.ts";
import { addLine, growingFile, writeAtomically } from "../../lib/store/atomic-file.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("a page and the folders made for it are for everybody to read, whatever the umask; others stay as they are", (t) => {
  const folder = scratchDirectory(t);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const path = join(folder, "a/b/index.html");
  writeAtomically(path, "page");
  const modes = ["", "a", "a/b", "a/b/index.html"].map((name) =>
    (statSync(join(folder, name)).mode & 0o777).toString(8),
  );
  assert.deepEqual(modes, ["700", "755", "755", "644"]);
});

test("what lies under the name of the file to come is not written to", (t) => {
  const folder = scratchDirectory(t);
  const [path, other] = [join(folder, "index.html"), join(folder, "other")];
  for (const write of [
    () => writeAtomically(path, "page"),
    () => {
      const file = growingFile(path);
      file.write("page");
      file.finish();
    },
  ]) {
    writeFileSync(other, "theirs");
    symlinkSync(other, join(folder, `.index.html.${process.pid}.tmp`));
    write();
    assert.deepEqual([readFileSync(path, "utf8"), readFileSync(other, "utf8")], ["page", "theirs"]);
    assert.deepEqual(readdirSync(folder).sort(), ["index.html", "other"]);
  }
});

test("a file that cannot take its place leaves the old one and no half", (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "index.html");
  mkdirSync(path);
  assert.throws(() => writeAtomically(path, "page"), StateError);
  const file = growingFile(join(folder, "export.csv"));
  file.write("half");
  assert.deepEqual(readdirSync(folder).length, 2);
  file.discard();
  assert.deepEqual(readdirSync(folder), ["index.html"]);
});

test("a file of lines is set aside once it is large, the one set aside before goes, and a line is told once", (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "made/lines.json");
  for (const line of ["one", "one", "two", "three", "four"]) addLine(path, line, 9);
  assert.equal(readFileSync(path, "utf8"), "three\nfour\n".slice(6));
  assert.equal(readFileSync(`${path}.old`, "utf8"), "three\n");
  addLine(path, "four", 9);
  assert.equal(readFileSync(path, "utf8"), "four\n");
});
