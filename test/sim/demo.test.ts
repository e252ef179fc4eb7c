import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { readRequest } from "../../lib/modbus/frame.ts";
import { demo } from "../../lib/sim/demo.ts";
import { DEMO } from "../../lib/words/demo-en.ts";
import { rawClient } from "../support/raw-client.ts";
import { scratchDirectory } from "../support/scratch.ts";

test("the demo points both commands at live devices, counts failures and shows the rows when there are none", async (t) => {
  const directory = scratchDirectory(t);
  let printed = "";
  const ran: string[] = [];
  const run = (exitCode: number) =>
    demo({
      directory,
      rounds: 2,
      ...{ lang: "en", words: DEMO },
      print: (text) => {
        printed += text;
      },
      showRows: (folder) => `rows of ${folder}`,
      runCommand: async (name, args) => {
        ran.push(name);
        const config = readFileSync(args[1] as string, "utf8");
        const [port] = [...config.matchAll(/tcp:\/\/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]));
        if (name === "pv1800-dump") {
          const client = await rawClient(t, port as number);
          client.send(readRequest(4, 25201, 1).bytes);
          await client.atLeast(7);
        }
        return { exitCode, stdout: `${name} said this\n`, stderr: "" };
      },
    });
  assert.equal(await run(0), 0);
  assert.deepEqual(ran, ["pv1800-dump", "jkbms-dump", "pv1800-dump", "jkbms-dump"]);
  assert.match(printed, /jkbms-dump said this/);
  assert.match(printed, /inverter 2, BMS 0; forbidden ones: 0/);
  assert.ok(printed.includes(`rows of ${directory}`));
  printed = "";
  assert.equal(await run(69), 4);
  assert.match(printed, /exit status 69/);
  assert.doesNotMatch(printed, /rows of/);
});
