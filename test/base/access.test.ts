import assert from "node:assert/strict";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  accountOf,
  groupName,
  howToBeAllowed,
  loginName,
  mayWrite,
  ownerOf,
  typedLine,
} from "../../lib/base/access.ts";
import { failureText } from "../../lib/base/failure/failure.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** Numbers that no account and no group of this computer has. */
const [STRANGER, GROUP] = [54_321, 54_322];
const asRoot = { skip: process.getuid?.() === 0 && !process.env.UV_USE_IO_URING ? false : "needs root" };

test("accounts and groups by name and number; one that is not listed by its number", () => {
  assert.deepEqual(accountOf("root"), { name: "root", uid: 0, gid: 0, home: "/root" });
  assert.equal(accountOf(0)?.name, "root");
  assert.equal(accountOf(STRANGER), null);
  assert.equal(groupName(0), "root");
  assert.equal(groupName(GROUP), String(GROUP));
});

test("a folder that is missing may be made where the one above may be written", (t) => {
  assert.equal(mayWrite(join(scratchDirectory(t), "a/b/c")), true);
  assert.equal(ownerOf("/nowhere/station"), null);
});

test("who logged in, before sudo, too", (t) => {
  const { SUDO_USER, SUDO_UID } = process.env;
  t.after(() => {
    delete process.env.SUDO_USER;
    delete process.env.SUDO_UID;
    Object.assign(
      process.env,
      SUDO_USER === undefined ? {} : { SUDO_USER },
      SUDO_UID === undefined ? {} : { SUDO_UID },
    );
  });
  Object.assign(process.env, { SUDO_USER: "anna", SUDO_UID: "1000" });
  assert.equal(loginName(), "anna");
  process.env.SUDO_UID = "forged; rm";
  const own = process.getuid?.() ?? 0;
  assert.equal(loginName(), accountOf(own)?.name ?? String(own));
});

test("what was typed, as a shell takes it again", () => {
  const argv = ["node", "/opt/solar/station.cjs", "history", "bms.soc", "it's a day"];
  assert.equal(typedLine(argv), "station history bms.soc 'it'\\''s a day'");
});

test("what somebody types who may not write into the station's folder", asRoot, (t) => {
  const folder = scratchDirectory(t);
  const of = (uid: number, gid: number, name: string) => {
    const path = join(folder, name);
    mkdirSync(path);
    chownSync(path, uid, gid);
    return path;
  };
  const [own, roots, others, members] = [
    ...[of(STRANGER, GROUP, "own"), of(0, 0, "roots"), of(STRANGER + 1, GROUP + 1, "others")],
    of(STRANGER + 1, GROUP, "members"),
  ] as [string, string, string, string];
  chownSync(folder, STRANGER, GROUP);
  const told = (path: string) => failureText(howToBeAllowed(path, "station status"));
  const advice = asUser(() => ["/nowhere/station", own, roots, others, members].map(told));
  const login = loginName();
  assert.deepEqual(advice, [
    "type: sudo station setup, which makes it and says whose it is",
    `it is yours and closed: chmod 2750 ${own}`,
    "it belongs to root; type: sudo station status, or give it to the station's user: sudo station setup",
    `${login} is not in the group ${GROUP + 1} (once: sudo adduser ${login} ${GROUP + 1}, then log in anew); ` +
      `or type: sudo -u ${STRANGER + 1} station status`,
    `type: sudo -u ${STRANGER + 1} station status`,
  ]);
});

/** For the length of a synchronous call: whose rights the kernel looks at. */
function asUser<T>(work: () => T): T {
  process.setegid?.(GROUP);
  process.seteuid?.(STRANGER);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
