import assert from "node:assert/strict";
import { test } from "node:test";
import { failureText, said } from "../../lib/base/failure/failure.ts";
import {
  FRESH_CHANNEL,
  INTERRUPTED,
  judgeResult,
  MAX_WAITING,
  messagesFor,
  type Plan,
  planDelivery,
  quietUntil,
} from "../../lib/publish/outbox.ts";
import type { OutboxMessage } from "../../lib/publish/outbox-message.ts";
import { type AlertEvent, NO_COURSE } from "../../lib/rules/alerts/types.ts";
import { speech } from "../../lib/words/index.ts";

const BERLIN = "Europe/Berlin";
const MANNER = { speech: speech("en"), time_zone: BERLIN };
/** 2026-06-15 14:00 in Berlin. */
const NOW = 1_781_524_800;

let next_id = 1;
function message(over: Partial<OutboxMessage> = {}): OutboxMessage {
  const at = over.at ?? NOW;
  return {
    id: next_id++,
    channel: "telegram:1",
    kind: "raised",
    severity: "warning",
    key: "cell_low:main",
    at,
    dated: true,
    text: "Low cell.",
    next_attempt_at: at,
    state: "pending",
    state_at: at,
    attempts: 0,
    reason: null,
    ...over,
  };
}

const plan = (waiting: readonly OutboxMessage[], channel = FRESH_CHANNEL, now = NOW): Plan =>
  planDelivery(waiting, channel, now, MANNER);

/** The texts that leave, one delivery after another, as if each were sent. */
function texts(waiting: readonly OutboxMessage[], now = NOW): string[] {
  const found: string[] = [];
  let left = [...waiting];
  for (;;) {
    const { delivery } = plan(left, FRESH_CHANNEL, now);
    if (delivery === null) return found;
    found.push(delivery.text);
    const ids = delivery.messages.map(({ id }) => id);
    left = left.filter(({ id }) => !ids.includes(id));
  }
}

test("nothing waits: nothing goes", () => {
  assert.deepEqual(plan([]), { failed: [], dropped: 0, delivery: null });
});

test("in time, the most severe goes first, each alone, with its own time", () => {
  const waiting = [
    message({ at: NOW - 120, severity: "info", kind: "info", text: "Grid off: G2 sun." }),
    message({ at: NOW - 60, text: "Low cell." }),
    message({ at: NOW - 30, severity: "critical", key: "grid_lost", text: "Grid lost." }),
    message({ at: NOW - 20, kind: "cleared", key: "disk_low", text: "Disk has room." }),
  ];
  assert.deepEqual(texts(waiting), [
    "13:59 ALARM: Grid lost.",
    "13:59 Warning: Low cell.",
    "13:59 OK: Disk has room.",
    "13:58 Grid off: G2 sun.",
  ]);
});

test("an untrusted clock's time is not printed", () => {
  assert.deepEqual(texts([message({ dated: false })]), ["(time not known) Warning: Low cell."]);
});

test("after a long outage: open alarms alone with their first time, then one summary with the events' times", () => {
  const hour = 3600;
  const waiting = [
    message({ at: NOW - 20 * hour, key: "soc_low:main", text: "Battery is low." }),
    message({ at: NOW - 19 * hour, key: "soc_low:main", kind: "reminded", text: "Battery is low. Still so." }),
    message({ at: NOW - 18 * hour, key: "soc_low:main", kind: "cleared", text: "Battery is no longer low." }),
    message({ at: NOW - 10 * hour, key: "switched", kind: "info", severity: "info", text: "Grid off." }),
    message({ at: NOW - 6 * hour, key: "cell_low:main", text: "Low cell 7." }),
    message({ at: NOW - 5 * hour, key: "cell_low:main", kind: "reminded", text: "Low cell 7. Still so after 1 h." }),
    message({ at: NOW - hour, key: "grid_lost", severity: "critical", text: "Grid lost." }),
  ];
  assert.deepEqual(texts(waiting), [
    "13:00 ALARM: Grid lost.",
    "08:00 Warning: Low cell 7. Still so after 1 h.",
    [
      "Delivered late: 4 messages from 14\u00a0Jun, 18:00 to 04:00.",
      "1 of them reminders.",
      "14\u00a0Jun, 18:00 Warning: Battery is low.",
      "14\u00a0Jun, 20:00 OK: Battery is no longer low.",
      "04:00 Grid off.",
    ].join("\n"),
  ]);
});

test("a late report goes alone and whole", () => {
  const waiting = [
    message({
      at: NOW - 9000,
      kind: "report",
      severity: "info",
      key: "",
      text: "Solar station, 2026-06-14\nPV: 5 kWh",
    }),
    message({ at: NOW - 8000, kind: "info", severity: "info", key: "switched", text: "Grid on." }),
  ];
  assert.deepEqual(texts(waiting), ["Solar station, 2026-06-14\nPV: 5 kWh", "11:46 Grid on."]);
});

test("a long summary keeps the newest lines and stays within the service's limit", () => {
  const waiting = Array.from({ length: 50 }, (_, index) =>
    message({ at: NOW - 90_000 + index * 60, kind: "info", key: "switched", text: `${index} ${"x".repeat(400)}` }),
  );
  const [text = ""] = texts(waiting);
  assert.ok(text.length <= 3800);
  assert.match(text, /\n… \d+ earlier ones\n/);
  assert.match(text, /\n14\sJun, 13:49 49 x+…$/);
});

test("more than fit: oldest information goes first, alarms last, and the summary says so", () => {
  const alarms = Array.from({ length: 10 }, (_, index) =>
    message({ at: NOW - 80_000 + index, severity: "critical", key: `bms_fault:main/${index}` }),
  );
  const infos = Array.from({ length: 60 }, (_, index) =>
    message({ at: NOW - 70_000 + index, severity: "info", kind: "info", key: "switched" }),
  );
  const { failed, dropped, delivery } = plan([...alarms, ...infos]);
  assert.deepEqual(failed, [
    { ids: infos.slice(0, 20).map(({ id }) => id), reason: `more than ${MAX_WAITING} messages waiting` },
  ]);
  assert.equal(dropped, 20);
  assert.equal(delivery?.severity, "critical");
  const rest = plan(infos.slice(20), { ...FRESH_CHANNEL, dropped }).delivery;
  assert.match(rest?.text ?? "", /\n20 older ones found no room and were dropped\.\n/);
  assert.equal(rest?.tells_dropped, true);
});

test("more than fit: outdated reminders go before anything else", () => {
  const reminders = Array.from({ length: 48 }, (_, index) =>
    message({ at: NOW - 90_000 + index * 60, kind: "reminded", severity: "critical", key: "grid_lost" }),
  );
  const infos = Array.from({ length: 5 }, () => message({ at: NOW - 95_000, severity: "info", kind: "info", key: "" }));
  assert.deepEqual(
    plan([...infos, ...reminders]).failed[0]?.ids,
    reminders.slice(0, 3).map(({ id }) => id),
  );
});

test("a waiting channel and a message before its time stay", () => {
  assert.equal(plan([message()], { ...FRESH_CHANNEL, not_before: NOW + 30 }).delivery, null);
  assert.equal(plan([message({ next_attempt_at: NOW + 30 })]).delivery, null);
  assert.notEqual(plan([message()], { ...FRESH_CHANNEL, not_before: NOW }).delivery, null);
});

test("a critical message does not wait for its channel", () => {
  const doubted = { ...FRESH_CHANNEL, not_before: NOW + 30 };
  const critical = message({ severity: "critical" });
  assert.deepEqual(plan([message(), critical], doubted).delivery?.messages, [critical]);
});

test("a wait stored under a wrong clock does not silence the channel for ever", () => {
  assert.notEqual(plan([message()], { ...FRESH_CHANNEL, not_before: NOW + 10 * 365 * 86_400 }).delivery, null);
});

test("a message that another run is sending is left alone; one that a dead run left is repeated once and says so", () => {
  const sending = (age: number, reason: string | null = null): OutboxMessage =>
    message({ state: "sending", state_at: NOW - age, attempts: 1, reason });
  assert.equal(plan([sending(20)]).delivery, null);
  assert.match(plan([sending(200)]).delivery?.text ?? "", /Low cell\. \(may be a repeat\)$/);
  assert.notEqual(plan([sending(-3600)]).delivery, null);
  const twice = sending(200, INTERRUPTED);
  assert.deepEqual(plan([twice]), {
    failed: [{ ids: [twice.id], reason: "interrupted twice while sending" }],
    dropped: 0,
    delivery: null,
  });
});

test("back-off doubles up to a quarter of an hour, and a success ends it", () => {
  const down = { ok: false, permanent: false, scope: "channel", reason: said("ECONNREFUSED") } as const;
  let channel = FRESH_CHANNEL;
  const waits = Array.from({ length: 7 }, () => {
    channel = judgeResult("telegram:1", down, channel, NOW).channel;
    return channel.not_before - NOW;
  });
  assert.deepEqual(waits, [60, 120, 240, 480, 900, 900, 900]);
  assert.equal(channel.failing_since, NOW);
  assert.deepEqual(judgeResult("telegram:1", { ok: true }, channel, NOW + 1).channel, FRESH_CHANNEL);
});

test("a told wait is kept exactly and does not grow the back-off", () => {
  const limited = { ok: false, permanent: false, scope: "channel", reason: said("429"), retry_after_s: 37 } as const;
  const verdict = judgeResult("telegram:1", limited, FRESH_CHANNEL, NOW);
  assert.equal(verdict.outcome, "retry");
  assert.equal(verdict.channel.not_before, NOW + 37);
  assert.equal(verdict.channel.failures, 0);
});

test("a blocked bot is told once and the message is kept; a refused message is given up", () => {
  const blocked = { ok: false, permanent: true, scope: "channel", reason: said("403 blocked") } as const;
  const first = judgeResult("telegram:1", blocked, FRESH_CHANNEL, NOW);
  assert.equal(first.outcome, "retry");
  assert.equal(first.notice && failureText(first.notice), "telegram:1 takes no messages any more: 403 blocked");
  assert.equal(judgeResult("telegram:1", blocked, first.channel, NOW + 22_000).notice, null);
  const refused = { ok: false, permanent: true, scope: "message", reason: said("400") } as const;
  const verdict = judgeResult("telegram:1", refused, FRESH_CHANNEL, NOW);
  assert.equal(verdict.outcome, "failed");
  assert.deepEqual(verdict.channel, FRESH_CHANNEL);
});

test("events become messages of the channels that want them; quiet hours hold all but critical ones", () => {
  const event = (severity: AlertEvent["severity"], kind: AlertEvent["kind"] = "raised"): AlertEvent => ({
    at: NOW,
    id: "cell_low",
    key: "cell_low:main",
    kind,
    severity,
    since: NOW,
    dated: true,
    values: {},
    course: NO_COURSE,
  });
  const night = NOW + 10 * 3600;
  const found = messagesFor(
    [event("info"), event("warning"), event("critical"), event("info", "summary")],
    [
      { name: "a", min_severity: "info", quiet_hours: { from: 22, to: 7 } },
      { name: "b", min_severity: "critical", quiet_hours: null },
    ],
    night,
    BERLIN,
    { speech: speech("en"), packs: 1 },
  );
  const morning = NOW + 17 * 3600;
  assert.deepEqual(
    found.map(({ channel, severity, kind, next_attempt_at }) => [channel, severity, kind, next_attempt_at]),
    [
      ["a", "info", "raised", morning],
      ["a", "warning", "raised", morning],
      ["a", "critical", "raised", night],
      ["a", "info", "summary", morning],
      ["b", "critical", "raised", night],
      ["b", "info", "summary", night],
    ],
  );
});

test("quiet hours: by day, past midnight, none, and through a change of the clocks", () => {
  const noon = NOW - 2 * 3600;
  assert.equal(quietUntil(noon, { from: 12, to: 14 }, BERLIN), NOW);
  assert.equal(quietUntil(NOW, { from: 12, to: 14 }, BERLIN), NOW);
  assert.equal(quietUntil(NOW, null, BERLIN), NOW);
  assert.equal(quietUntil(NOW, { from: 7, to: 7 }, BERLIN), NOW);
  const before_change = Date.parse("2026-10-24T22:30:00Z") / 1000;
  assert.equal(quietUntil(before_change, { from: 22, to: 7 }, BERLIN), Date.parse("2026-10-25T06:00:00Z") / 1000);
});
