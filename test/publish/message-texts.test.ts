import assert from "node:assert/strict";
import { test } from "node:test";
import { alertText } from "../../lib/publish/alert-text.ts";
import { summaryText } from "../../lib/publish/outbox-text.ts";
import { planSentence } from "../../lib/publish/plan-text.ts";
import { formatReport } from "../../lib/publish/report-text.ts";
import { NO_COURSE, type Values } from "../../lib/rules/alerts/types.ts";
import type { Plan } from "../../lib/rules/plan/types.ts";
import type { DailyReport } from "../../lib/rules/report/types.ts";
import { speech } from "../../lib/words/index.ts";
import { NOW, planOf, ZONE } from "../../tools/reference/evening.ts";

const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");
const [EN, RU] = [speech("en"), speech("ru")];

/** A plan whose position of the grid switch changes at these hours from now; it begins off the grid or on it. */
function plan(begins: "off" | "on", hours: readonly number[], changes: Partial<Plan> = {}): Plan {
  const whole = planOf(changes);
  const course = whole.course.map((step) => {
    const turned = hours.filter((hour) => step.at > NOW + hour * 3600).length % 2 === 1;
    return { ...step, on_grid: (begins === "on") !== turned };
  });
  return { ...whole, course };
}

const PLANS: readonly (readonly [name: string, on_grid: boolean, plan: Plan, en: string, ru: string])[] = [
  [
    ...(["a full battery, promised", false, plan("off", [], { full_at: NOW + 72_000 })] as const),
    "House on battery; full about tomorrow 16:00",
    "Дом на батарее; полный заряд около 16:00 завтра",
  ],
  [
    ...(["nothing comes", false, plan("off", [])] as const),
    "House on battery; no change planned",
    "Дом на батарее; переключений не запланировано",
  ],
  [
    ...(["the reserve, and what is promised of it", false] as const),
    plan("off", [3], { reserve_at: NOW + 10_800, promised: { full_at: null, reserve_at: NOW + 10_800 } }),
    "House on battery; reserve about 23:00",
    "Дом на батарее; резерв около 23:00",
  ],
  [
    ...(["the reserve, not promised, and the grid until the morning", false] as const),
    plan("off", [3, 12], { reserve_at: NOW + 10_200, promised: { full_at: null, reserve_at: null } }),
    "House on battery; reserve perhaps about 22:50, grid until 08:00",
    "Дом на батарее; резерв — возможно, около 22:50, сеть до 08:00",
  ],
  [
    ...(["the grid long before the reserve", false, plan("off", [3], { reserve_at: NOW + 36_000 })] as const),
    "House on battery; grid from 23:00",
    "Дом на батарее; сеть с 23:00",
  ],
  [
    ...(["the grid before the reserve, until the morning", false, plan("off", [3, 12])] as const),
    "House on battery; grid from 23:00 to 08:00",
    "Дом на батарее; сеть с 23:00 до 08:00",
  ],
  [
    ...(["the grid until the morning, then the battery, full on the next day", true] as const),
    plan("on", [12, 26], { full_at: NOW + 72_000, promised: { full_at: null, reserve_at: null } }),
    "House on the grid; grid until 08:00, full perhaps about tomorrow 16:00, battery until tomorrow 22:00",
    "Дом на сети; сеть до 08:00, полный заряд — возможно, около 16:00 завтра, батарея до 22:00 завтра",
  ],
];

for (const [name, on_grid, coming, en, ru] of PLANS) {
  test(`a plan in one sentence: ${name}`, () => {
    assert.equal(planSentence(coming, on_grid, NOW, ZONE, EN), en);
    assert.equal(planSentence(coming, on_grid, NOW, ZONE, RU), ru);
  });
}

function held(values: Values, packs: number): string[] {
  const event = { id: "summary", kind: "summary", values, course: NO_COURSE } as const;
  return [EN, RU].map((one) => plain(alertText(event, { speech: one, packs })));
}

test("what the hourly limit held back is told by kind, with its pack where there are several", () => {
  const values = {
    ...{ total: 9, seconds: 5400, more: 2 },
    keys: ["cell_low:north/3", "cell_low:north/4", "cell_low:south/1", "disk_low", "of_a_newer_edition"],
    ...{ counts: [2, 1, 1, 2, 1], active: [0, 1, 0, 0, 1] },
  };
  assert.deepEqual(held(values, 2), [
    "9 more messages in the last 1 h 30 min, over the hourly limit: Low cell (north) 3×, still so, Low cell (south) 1×, over, Disk nearly full 2×, over, of_a_newer_edition 1×, still so and 2 more.",
    "Сверх часового предела за 1 ч 30 мин: ещё 9 сообщений. Низкая ячейка (north) 3×, ещё длится, Низкая ячейка (south) 1×, прошло, Диск почти полон 2×, прошло, of_a_newer_edition 1×, ещё длится и ещё 2.",
  ]);
  assert.deepEqual(held({ ...values, total: 1, keys: ["cell_low"], counts: [1], active: [0], more: 0 }, 1), [
    "1 more message in the last 1 h 30 min, over the hourly limit: Low cell 1×, over.",
    "Сверх часового предела за 1 ч 30 мин: ещё 1 сообщение. Низкая ячейка 1×, прошло.",
  ]);
});

test("messages that come late say so, and that some of them may have come before", () => {
  const message = (at: number) => ({
    ...{ id: 1, channel: "push", severity: "warning", kind: "raised", key: "cell_low", at, dated: true },
    ...{ text: "Low cell.", next_attempt_at: at, state: "pending", state_at: at, attempts: 1, reason: null },
  });
  const waiting = [message(NOW - 7200), message(NOW - 3600)] as unknown as Parameters<typeof summaryText>[0];
  const head = (repeat: boolean, language = EN) =>
    summaryText(waiting, 0, NOW, { speech: language, time_zone: ZONE }, repeat).split("\n")[0];
  assert.equal(head(false), "Delivered late: 2 messages from 18:00 to 19:00.");
  assert.equal(head(true), "Delivered late (may be a repeat): 2 messages from 18:00 to 19:00.");
  assert.equal(
    head(true, RU),
    "С опозданием (возможно, повтор): 2\u00a0сообщения с 18:00 до 19:00.".replace("\u00a0", " "),
  );
});

const EMPTY_DAY: DailyReport = {
  ...{ day: "2026-11-22", time_zone: ZONE, from: NOW - 72_000, until: NOW, always_on_grid: { soc: null } },
  energy: {
    ...{ pv: null, load: null, bought: null, sold: null },
    ...{ grid_charged: null, charged: null, discharged: null, saved: null },
  },
  ...{ self_sufficiency: null, self_consumption: null, off_grid_s: null, on_grid_s: null, pv_unused_s: null },
  soc: { now: null, at_dawn: null, min: null, max: null },
  cells: { lowest: null, highest: null, spread: null, rest_spread: null },
  battery_current: { min: null, max: null },
  temperatures: { battery_min: null, battery_max: null, mosfet_max: null, inverter_max: null },
  ...{ switches: [], equivalent_cycles: null, run_time_s: null, minutes_without_bms: 0, minutes_without_inverter: 0 },
  ...{ implausible_samples: 0, counter_faults: [], alerts: [], open_alerts: [], week: null },
  month: { days: 0, energy: {} as DailyReport["energy"] },
};

test("the report of a day tells switches without a cause, doubted samples and fallen counters, and no summary as an alert", () => {
  const lowest = { value: 3.11, at: NOW - 3600, device: "north", cell: 5 };
  const report: DailyReport = {
    ...EMPTY_DAY,
    cells: { ...EMPTY_DAY.cells, lowest },
    switches: [
      { at: NOW - 7200, to: "on", cause: "S1" },
      { at: NOW - 3600, to: "off", cause: "of_a_newer_edition" as never },
    ],
    ...{ implausible_samples: 3, counter_faults: ["pv_energy", "load_energy"] },
    alerts: [
      { key: "summary", severity: "info", count: 1, id: "summary", values: {} },
      { key: "disk_low", severity: "warning", count: 1, id: "disk_low", values: { path: null } },
    ],
  };
  const lines = (language: typeof EN, packs: number) =>
    plain(formatReport(report, { speech: language, packs })).split("\n");
  const en = lines(EN, 2);
  assert.ok(en.includes("Lowest cell: 3.11 V, cell 5 north (19:00)"), en.join("\n"));
  assert.ok(lines(EN, 1).includes("Lowest cell: 3.11 V, cell 5 (19:00)"));
  assert.match(en.find((line) => line.startsWith("  18:00")) as string, /^ {2}18:00 to the grid: /);
  assert.ok(en.includes("  19:00 off the grid"), "of a cause that this edition does not know nothing is said");
  assert.ok(en.includes("Samples with values in doubt: 3"));
  assert.ok(en.includes("Counters that fell or leapt (that step left out): PV energy, Load energy"));
  const told = en.slice(en.indexOf("Alerts:") + 1);
  assert.deepEqual(told.slice(0, 1), ["  Disk nearly full. Make room, or nothing can be stored."]);
  assert.ok(!told.some((line) => line.includes("hourly limit")));
});
