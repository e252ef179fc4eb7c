import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KINDS } from "../../lib/devices/index.ts";

const LIB = join(import.meta.dirname, "../../lib");
/** Rooms of the kinds themselves, and of words. */
const AT_HOME = /^(devices|words)\//;
const NAMED = /jkbms|pv1800|4e57/i;

/** Files elsewhere that name a kind. It may only fall: when it does, write the new number here. */
const MOST = 59;

test("fewer and fewer files outside the rooms of the kinds name one", () => {
  const naming = readdirSync(LIB, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !AT_HOME.test(name))
    .filter((name) => NAMED.test(readFileSync(join(LIB, name), "utf8")));
  assert.equal(naming.length, MOST, naming.length > MOST ? `new ones among: ${naming.join(" ")}` : "fewer: lower MOST");
});

test("every kind says what it is; an experimental one writes nothing", () => {
  for (const [name, kind] of Object.entries(KINDS)) {
    assert.ok(Object.keys(kind.fields).length > 10, name);
    if ("experimental" in kind) assert.deepEqual(kind.writable, {}, name);
  }
  assert.ok("ongrid_switch" in KINDS.pv1800.writable);
});
