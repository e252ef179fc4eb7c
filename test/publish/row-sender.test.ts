import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ConfigError, ServiceDown } from "../../lib/base/errors.ts";
import { sendRows } from "../../lib/publish/row-sender.ts";
import { deadBase, type Reply, startService } from "./notifiers-support.ts";

interface Row {
  readonly at: number;
  readonly line: string;
}

const row = (at: number, line = `soc value=${at}`): Row => ({ at, line });
const text = (rows: readonly Row[]): string => rows.map(({ line }) => line).join("\n");
const TAKEN: Reply = { status: 204, body: "" };

/** A database, and a run that sends to it. */
async function database(t: TestContext, reply: Reply = TAKEN) {
  const service = await startService(t, reply);
  const warned: string[] = [];
  const arrived: number[] = [];
  const run = {
    log: { warn: (message: string, fields: object) => void warned.push(`${message} ${JSON.stringify(fields)}`) },
    time_left: 55_000,
    timeLeft: () => run.time_left,
  };
  const send = (portions: readonly (readonly Row[])[], authorization: string | null = null, base = service.base) =>
    sendRows(run, { url: new URL(`${base}/write`), authorization }, portions, text, (until) => arrived.push(until));
  return { service, run, warned, arrived, send };
}

test("portions arrive in their order, with the token where there is one, and how far is kept after each", async (t) => {
  const { service, arrived, send } = await database(t);
  assert.deepEqual(await send([[row(1), row(2)], [row(3)]], "Token planted"), { rows: 3, refused: 0 });
  assert.deepEqual(arrived, [2, 3]);
  assert.deepEqual(
    service.received.map(({ method, body, authorization }) => [method, body, authorization]),
    [
      ["POST", "soc value=1\nsoc value=2", "Token planted"],
      ["POST", "soc value=3", "Token planted"],
    ],
  );
  await send([[row(4)]]);
  assert.equal(service.received.at(-1)?.authorization, undefined);
});

test("rows of which nothing is known are not sent, and count as done", async (t) => {
  const { service, arrived, send } = await database(t);
  assert.deepEqual(await send([[row(5, "")], []]), { rows: 1, refused: 0 });
  assert.equal(service.received.length, 0);
  assert.deepEqual(arrived, [5, 0]);
});

test("a bad row is found by halves, told and passed over; all others arrive", async (t) => {
  const { service, warned, arrived, send } = await database(t);
  const stored: string[] = [];
  service.answer = ({ body }) => {
    if (body.includes("bad")) return { status: 400, body: `bad \u001b[31mline ${"planted"}` };
    stored.push(...body.split("\n"));
    return TAKEN;
  };
  const rows = [row(1), row(2), row(3, "bad"), row(4), row(5)];
  assert.deepEqual(await send([rows], "Token planted"), { rows: 4, refused: 1 });
  assert.deepEqual(stored.sort(), ["soc value=1", "soc value=2", "soc value=4", "soc value=5"]);
  assert.deepEqual(arrived, [5]);
  const { host } = new URL(service.base);
  assert.deepEqual(warned, [`passed over: ${host}: HTTP 400: bad [31mline … {"at":3}`]);
});

test("only the first bad rows are told; where every row is bad, it is the wrong place", async (t) => {
  const { service, warned, send } = await database(t);
  service.answer = ({ body }) => (body.includes("bad") ? { status: 422, body: "" } : TAKEN);
  const bad = Array.from({ length: 5 }, (_, at) => row(at + 2, "bad"));
  assert.deepEqual(await send([[row(1), ...bad]]), { rows: 1, refused: 5 });
  assert.equal(warned.length, 3);
  const many = Array.from({ length: 12 }, (_, at) => row(at, "bad"));
  await assert.rejects(
    send([many]),
    (error: unknown) => error instanceof ServiceDown && /: HTTP 422$/.test(error.message),
  );
});

const REFUSALS: readonly (readonly [
  what: string,
  reply: Reply,
  error: typeof ServiceDown | typeof ConfigError,
  says: RegExp,
])[] = [
  ["does not know the token", { status: 401, body: "no" }, ConfigError, /: HTTP 401: no; look at --token-file$/],
  ["lets nobody in", { status: 403, body: "" }, ConfigError, /: HTTP 403; look at --token-file$/],
  ["is busy", { status: 503, body: "later" }, ServiceDown, /^127\.0\.0\.1:\d+: HTTP 503: later$/],
  ["cuts the line", "cut", ServiceDown, /^127\.0\.0\.1:\d+: ECONNRESET$/],
];

for (const [what, reply, kind, says] of REFUSALS) {
  test(`a database that ${what} ends the run, and nothing counts as arrived`, async (t) => {
    const { arrived, send } = await database(t, reply);
    await assert.rejects(send([[row(1)]]), (error: unknown) => error instanceof kind && says.test(error.message));
    assert.deepEqual(arrived, []);
  });
}

test("a database that is away is named without its path", async (t) => {
  const { send } = await database(t);
  await assert.rejects(send([[row(1)]], null, await deadBase()), /^ServiceDown: 127\.0\.0\.1:\d+: ECONNREFUSED$/);
});

test("a run that is nearly over sends no further portion; the next one goes on there", async (t) => {
  const { run, arrived, send } = await database(t);
  run.time_left = 5000;
  assert.deepEqual(await send([[row(1)], [row(2)]]), { rows: 1, refused: 0 });
  assert.deepEqual(arrived, [1]);
});
