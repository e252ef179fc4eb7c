import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { every, MONDAY, storeBms, storeInverter } from "../store/history-support.ts";
import { testStation } from "../support/command.ts";

const NOW = MONDAY + 7200;

/** A database that takes line protocol as InfluxDB does: it keeps the lines, and answers what the test says. */
async function database(t: TestContext) {
  const lines: string[] = [];
  const requests: { readonly url: string; readonly authorization: string | undefined }[] = [];
  const state = { answer: (_body: string): number => 204 };
  const server = createServer(async (request, response) => {
    requests.push({ url: request.url ?? "", authorization: request.headers.authorization });
    const body = await bodyOf(request);
    const status = state.answer(body);
    if (status === 204) lines.push(...body.trimEnd().split("\n"));
    response.writeHead(status).end(status === 204 ? "" : '{"message":"no: s3cret\\u001b[31m"}');
  }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v2/write?org=home&bucket=solar`;
  return { lines, requests, state, url, server };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request.setEncoding("utf8")) body += part;
  return body;
}

/** Two hours of both devices, and the command that sends them. */
function station(t: TestContext, url: string) {
  const own = testStation(t, "export: {batch_rows: 50}");
  const fill = (from: number, to: number) => {
    const store = openStore(join(own.folder, "station.db"), { clock: { now: () => to, monotonic: () => 0 } });
    storeInverter(store, every(60, from, to), (at) => ({ pv_power: at % 1777 }));
    storeBms(store, every(60, from, to), () => ({}));
    store.close();
  };
  fill(MONDAY, NOW);
  const token = join(own.folder, "token");
  writeFileSync(token, "s3cret\n", { mode: 0o600 });
  const send = (now = NOW, more: readonly string[] = []) =>
    own.run("station", ["export", "-f", "influx", "--to", url, "--token-file", token, "--json", ...more], { now });
  return { ...own, fill, send, token };
}

test("samples go to a database once, in order, with the token from its file", async (t) => {
  const db = await database(t);
  const { send, fill } = station(t, db.url);
  const first = await send();
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  assert.equal(db.lines.length, 240);
  assert.deepEqual(JSON.parse(first.stdout), { cursor: new URL(db.url).host, rows: 240, refused: 0 });
  const times = db.lines.map((line) => Number(line.split(" ").at(-1)));
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
  assert.ok(db.requests.length >= 4, "in portions");
  assert.deepEqual([...new Set(db.requests.map(({ authorization }) => authorization))], ["Token s3cret"]);
  assert.match(db.requests[0]?.url ?? "", /bucket=solar&precision=s$/);
  assert.equal(JSON.parse((await send()).stdout).rows, 0);
  fill(NOW, NOW + 600);
  assert.equal(JSON.parse((await send(NOW + 600)).stdout).rows, 20);
  assert.equal(new Set(db.lines).size, 260);
});

test("a database that is away or busy costs nothing: the next run goes on behind what arrived", async (t) => {
  const db = await database(t);
  const { send } = station(t, db.url);
  let bodies = 0;
  db.state.answer = () => (++bodies > 2 ? 503 : 204);
  const cut = await send();
  assert.equal(cut.code, 69);
  assert.match(cut.stderr, /^station export: error: 127\.0\.0\.1:\d+: HTTP 503: .*\n$/);
  assert.doesNotMatch(cut.stderr, /s3cret/);
  assert.ok(!cut.stderr.includes("\u001b"));
  assert.deepEqual(await send(NOW + 60), { code: 69, stdout: "", stderr: "" }, "cron hears it once");
  assert.ok(db.lines.length >= 100 && db.lines.length < 240);
  db.state.answer = () => 204;
  const again = await send(NOW + 120);
  assert.equal(again.code, 0);
  // Since the failure, which was some time after the start of its run.
  assert.match(again.stderr, /works again after (2 min|11\d s)/);
  assert.equal(db.lines.length, 240);
  assert.equal(new Set(db.lines).size, 240);
});

test("one row that is refused is passed over; a place that refuses all of them is told, and nothing is given up", async (t) => {
  const db = await database(t);
  const { send } = station(t, db.url);
  db.state.answer = () => 400;
  const wrong = await send();
  assert.equal(wrong.code, 69);
  assert.equal(db.lines.length, 0);
  const bad = ` ${MONDAY + 1200}`;
  db.state.answer = (body) => (body.includes(bad) ? 400 : 204);
  const sent = await send();
  assert.equal(sent.code, 0);
  assert.deepEqual(JSON.parse(sent.stdout).refused, 2);
  assert.equal(db.lines.length, 238);
});

test("a token that is refused, open to others, or in the URL is 78 or 64, with what to do", async (t) => {
  const db = await database(t);
  const { send, run, token } = station(t, db.url);
  db.state.answer = () => 401;
  const refused = await send();
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /HTTP 401.*look at --token-file/);
  assert.doesNotMatch(refused.stderr, /s3cret/);
  chmodSync(token, 0o644);
  // An hour later, when cron is reminded.
  const open = await send(NOW + 3700);
  assert.equal(open.code, 78);
  assert.match(open.stderr, /chmod 600/);
  const url = db.url.replace("//", "//u:s3cret@");
  const bare = await run("station", ["export", "-f", "influx", "--to", url], { now: NOW });
  assert.equal(bare.code, 64);
  assert.match(bare.stderr, /put the secret into --token-file/);
  assert.equal(db.lines.length, 0);
});
