import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { bareInvocation } from "../../lib/cli/bare.ts";
import { parseCommandLine } from "../../lib/cli/program.ts";
import type { Command } from "../../lib/cli/spec.ts";

const handler = async () => undefined;
const OPTIONS = [
  { flags: "--mode <mode>", about: "with choices", choices: ["auto", "observe"] },
  { flags: "-f, --first-byte <ms>", about: "with a default", default: 250, parse: Number },
  { flags: "--why [time]", about: "with an optional value" },
  { flags: "--only <key>", about: "several times", repeatable: true as const },
  { flags: "--plain", about: "a flag", default: false },
  { flags: "--no-probe", about: "a flag that switches off" },
];

test("without a word on the command line the option parser is not needed: what stands in for it says the same", () => {
  const commands: Command[] = [
    { spec: { name: "plain", about: "no options", job: true }, handler },
    { spec: { name: "many", about: "all forms of options", writes: true, options: OPTIONS }, handler },
    { spec: { name: "words", about: "words may follow", arguments: [{ name: "[names...]", about: "any" }] }, handler },
  ];
  for (const command of commands) assert.deepEqual(bareInvocation(command), parseCommandLine(command, []));
});

test("a command that needs words is left to the option parser", () => {
  const needs: Command = { spec: { name: "a", about: "", arguments: [{ name: "<file>", about: "" }] }, handler };
  const group: Command = { spec: { name: "b", about: "" }, commands: [{ spec: { name: "c", about: "" }, handler }] };
  assert.equal(bareInvocation(needs), null);
  assert.equal(bareInvocation(group), null);
});

test("a group of commands says which there are, and the nearest to one that it does not have", () => {
  const below = ["dump", "decode"].map((name) => ({ spec: { name, about: "" }, handler }));
  const group: Command = { spec: { name: "g", about: "" }, commands: below };
  for (const [argv, message] of [
    [[], "expected one of: dump, decode"],
    [["dcode"], 'no command "dcode"; did you mean g decode? expected one of: dump, decode'],
    [["zzzzzz"], 'no command "zzzzzz"; expected one of: dump, decode'],
  ] as const) {
    assert.throws(
      () => parseCommandLine(group, argv),
      (error: Error) => error instanceof UsageError && error.message === message,
      message,
    );
  }
});
