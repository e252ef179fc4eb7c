import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Table } from "../../lib/codec/table.ts";
import { KINDS } from "../../lib/devices/index.ts";
import type { Kind } from "../../lib/devices/kind.ts";

const LIB = join(import.meta.dirname, "../../lib");
/** Rooms of the kinds themselves, and of words. */
const AT_HOME = /^(devices|words)\//;
const NAMED = /jkbms|pv1800|4e57|jbd/i;

test("nothing outside the rooms of the kinds names one, not even in a comment", () => {
  const naming = readdirSync(LIB, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !AT_HOME.test(name))
    .filter((name) => NAMED.test(readFileSync(join(LIB, name), "utf8")));
  assert.deepEqual(naming, []);
});

test("every kind says what it is; an experimental one writes nothing", () => {
  for (const [name, kind] of Object.entries<Kind>(KINDS)) {
    assert.ok(Object.keys(kind.fields).length > 10, name);
    if ("experimental" in kind) assert.deepEqual(kind.writable, {}, name);
    for (const [key, row] of Object.entries(kind.writable)) {
      assert.equal((kind.orders as Table)[key], row, `${name}: an order may name ${key}`);
    }
  }
  assert.ok("ongrid_switch" in KINDS.pv1800.writable);
});

test("each protocol of a BMS is one kind's, and it opens what it promises", async () => {
  const protocols = Object.values<Kind>(KINDS).flatMap((kind) => (kind.role === "bms" ? [kind.protocol] : []));
  assert.equal(new Set(protocols).size, protocols.length);
  for (const [name, kind] of Object.entries<Kind>(KINDS)) {
    assert.equal(typeof (await kind.load()).client, "function", name);
  }
});
