/** What a disk refuses is told with the command that repairs it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../lib/base/clock.ts";
import { StateError } from "../../lib/base/errors.ts";
import { appendOrder } from "../../lib/orders/append-line.ts";
import { peekCommandFile } from "../../lib/orders/claim.ts";
import { attempt, onDisk } from "../../lib/orders/disk-trouble.ts";
import { scratchDirectory } from "../support/scratch.ts";

const refusing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

// biome-ignore format: a case a line
const REPAIRS: readonly (readonly [code: string, repair: string])[] = [
  ["ENOSPC", "df -h /var/lib/solar (make room there)"], ["EDQUOT", "df -h /var/lib/solar (make room there)"],
  ["EROFS", "mount -o remount,rw the file system of /var/lib/solar"], ["EACCES", "chmod u+r it"],
];
for (const [code, repair] of REPAIRS) {
  test(`${code}: ${repair}`, () => {
    const trouble: StateError[] = [];
    const work = () => onDisk("/var/lib/solar/x.lst", "not_read", "chmod u+r it", refusing(code));
    for (let round = 0; round < 2; round++) assert.equal(attempt(trouble, work), null);
    assert.deepEqual(
      trouble.map(({ message }) => message),
      [`/var/lib/solar/x.lst cannot be read (${code}); repair: ${repair}`],
      "told once a round",
    );
  });
}

test("a mistake of the program is not taken for a refusal of the disk", () => {
  const work = () => onDisk("/x", "not_read", "nothing", refusing("ERR_INVALID_ARG_TYPE"));
  assert.throws(() => attempt([], work), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a repair may be pasted into a shell, whatever the folder is called", (t) => {
  const path = join(scratchDirectory(t), "it's mine", "inverter_cmd.lst");
  mkdirSync(path, { recursive: true });
  assert.throws(
    () => peekCommandFile(path, { now: systemClock.now }),
    ({ message }: Error) => {
      execFileSync("sh", ["-c", message.split("repair: ")[1] ?? ""]);
      return message.includes("is a directory");
    },
  );
  assert.equal(existsSync(path), false);
});

test("a line is not appended through a link: the file that it names stays as it is", (t) => {
  const folder = scratchDirectory(t);
  const path = join(folder, "inverter_cmd.lst");
  symlinkSync(join(folder, "other"), path);
  assert.throws(
    () => appendOrder(path, "20105=1"),
    (error) => error instanceof StateError && error.message === `${path}: cannot be appended to (ELOOP)`,
  );
  assert.equal(existsSync(join(folder, "other")), false);
});
