import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { at, recordedOriginal } from "../support/original-keys.ts";
import { requirePart } from "../support/parts.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { waitFor } from "../support/wait.ts";

const HOW_TO = resolve(import.meta.dirname, "../../docs/how-to");
const skip = requirePart("zabbix_agent2") || requirePart("jq");

interface Item {
  readonly key: string;
  readonly value_type?: string;
  readonly triggers?: readonly { readonly expression: string }[];
}
const template = parse(readFileSync(join(HOW_TO, "zabbix-template.yaml"), "utf8")).zabbix_export.templates[0] as {
  readonly items: readonly Item[];
};

/** One passive check as a Zabbix server makes it. */
function ask(port: number, key: string): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect(port, "127.0.0.1", () => {
      const head = Buffer.alloc(13);
      head.write("ZBXD\x01", "latin1");
      head.writeUInt32LE(Buffer.byteLength(key), 5);
      socket.write(Buffer.concat([head, Buffer.from(key)]));
    });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", fail);
    socket.on("end", () => done(Buffer.concat(chunks).subarray(13).toString()));
  });
}

test("Zabbix: the items of the template, asked of the real agent with the lines of the page", {
  skip,
  timeout: 120_000,
}, async (t) => {
  const folder = scratchDirectory(t);
  const files = join(folder, "export");
  mkdirSync(files);
  for (const name of ["jkbms_last", "inverter_last", "inverter_cfg", "inverter_accum"]) {
    writeFileSync(join(files, `${name}.json`), recordedOriginal(`${name}.json`));
  }
  writeFileSync(join(files, "numbers.json"), '{"20113": 50}');
  const page = readFileSync(join(HOW_TO, "zabbix.md"), "utf8");
  const lines = page.split("\n").filter((line) => line.startsWith("UserParameter="));
  assert.equal(lines.length, 2);
  // The agent listens below 32768 only, where the system gives no free ports.
  const port = 12_000 + (process.pid % 20_000);
  const config = [
    ...["LogType=console", "Server=127.0.0.1", "ListenIP=127.0.0.1", `ListenPort=${port}`],
    ...[`PluginSocket=${folder}/plugin.sock`, `ControlSocket=${folder}/control.sock`, `PidFile=${folder}/agent.pid`],
    ...lines.map((line) => line.replace("/var/lib/solar-station/export", files)),
  ];
  writeFileSync(join(folder, "agent.conf"), `${config.join("\n")}\n`);
  const agent = spawn("zabbix_agent2", ["-f", "-c", join(folder, "agent.conf")], { stdio: "ignore" });
  t.after(() => agent.kill());
  await waitFor(
    () =>
      ask(port, "agent.ping")
        .then((answer) => answer === "1")
        .catch(() => false),
    "the agent",
  );
  assert.ok(template.items.length >= 15);
  for (const { key } of template.items) {
    const [, file, path] = /^solar\.file\[(\w+),([\w.]+)\]$/.exec(key) ?? assert.fail(key);
    const wanted = at(JSON.parse(recordedOriginal(`${file}.json`)), path as string);
    assert.equal(Number(await ask(port, key)), wanted, key);
  }
  assert.equal(await ask(port, "solar.file[numbers,20113]"), "50", "a key that is a number");
  for (const key of ["solar.file[jkbms_last,nothing]", "solar.file[nobody,x]", "solar[bms.soc]"]) {
    assert.match(await ask(port, key), /^ZBX_NOTSUPPORTED/, key);
  }
  const old = Date.now() / 1000 - 600;
  utimesSync(join(files, "jkbms_last.json"), old, old);
  assert.match(await ask(port, "solar.file[jkbms_last,battery_SoC]"), /^ZBX_NOTSUPPORTED/, "an old file");
});

test("Zabbix: the template's triggers name its own items, and every uuid is one of version 4, once", () => {
  const text = readFileSync(join(HOW_TO, "zabbix-template.yaml"), "utf8");
  const keys = new Set(template.items.map(({ key }) => key));
  for (const { triggers = [] } of template.items) {
    for (const { expression } of triggers) {
      const [, key] = /\/Solar station\/(solar\.file\[[^\]]+\])/.exec(expression) ?? assert.fail(expression);
      assert.ok(keys.has(key as string), expression);
    }
  }
  const uuids = [...text.matchAll(/uuid: (\w+)/g)].map(([, uuid]) => uuid as string);
  assert.equal(new Set(uuids).size, uuids.length);
  for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});
