import assert from "node:assert/strict";
import { test } from "node:test";
import { type HeadlineInput, headlineOf } from "../../lib/rules/headline.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { DAY, NIGHT, NOW, planOf, QUIET, ZONE } from "../../tools/reference/evening.ts";
import { assertForPeople, pseudoSpeech, unmarked } from "./support.ts";

const cell = { id: "cell_low", severity: "warning", since: NOW - 600 } as const;

/** What is so, and what the owner reads. */
const SENTENCES: readonly (readonly [name: string, input: Partial<HeadlineInput>, en: string, ru: string])[] = [
  [
    "evening on the battery",
    {},
    "House on battery. Reserve (30 %) about 21:30, empty about 00:40.",
    "Дом от батареи. Резерв (30 %) около 21:30, разрядится около 00:40.",
  ],
  [
    "the plan foresees a higher load",
    { plan: planOf({}, 1800) },
    "House on battery. Reserve (30 %) about 20:50, empty about 22:20.",
    "Дом от батареи. Резерв (30 %) около 20:50, разрядится около 22:20.",
  ],
  [
    "below the reserve",
    { live: { ...NIGHT, soc: 24 } },
    "House on battery. Empty about 22:10.",
    "Дом от батареи. Разрядится около 22:10.",
  ],
  [
    "sun charges",
    { live: DAY, plan: planOf({ full_at: NOW + 4800 }, 900, 2400) },
    "Sun feeds house and battery. Full about 21:20.",
    "Солнце питает дом и батарею. Полный заряд около 21:20.",
  ],
  [
    "the reserve as the plan that decides promises it",
    { plan: planOf({ promised: { full_at: null, reserve_at: NOW + 6000 } }), followed: true },
    "House on battery. Reserve (30 %) about 21:40, empty about 00:40.",
    "Дом от батареи. Резерв (30 %) около 21:40, разрядится около 00:40.",
  ],
  [
    "outage",
    {
      ...{ work_state: "bypass", grid_voltage: 0, on_grid: true, live: { ...NIGHT, soc: 24 } },
      alerts: [{ id: "grid_lost", severity: "critical", since: NOW - 4200 }],
    },
    "GRID LOST since 18:50, about 2 h 10 min left.",
    "СЕТИ НЕТ с 18:50, хватит примерно на 2 ч 10 мин.",
  ],
  [
    "outage that the rules have not seen yet, in the sun",
    {
      work_state: "bypass",
      grid_voltage: 0,
      on_grid: true,
      live: { ...DAY, battery: 300 },
      plan: planOf({}, 900, 2400),
    },
    "GRID LOST, sun helps.",
    "СЕТИ НЕТ, помогает солнце.",
  ],
  [
    "on the grid, the plan leaves it in the morning",
    {
      ...{ on_grid: true, work_state: "bypass", live: { ...NIGHT, battery: 0, grid: 940 }, followed: true },
      plan: planOf({ next_switch: { at: NOW + 12 * 3600 + 2400, on_grid: false } }),
    },
    "House on the grid. Battery from about 08:40 tomorrow.",
    "Дом от сети. Батарея примерно с 08:40 завтра.",
  ],
  [
    "on the battery, the plan takes the grid long before the reserve",
    { plan: planOf({ next_switch: { at: NOW + 1800, on_grid: true } }), followed: true },
    "House on battery. Grid from about 20:30, empty about 00:40.",
    "Дом от батареи. Сеть примерно с 20:30, разрядится около 00:40.",
  ],
  [
    "a low cell and more",
    { alerts: [cell, { ...cell, id: "cell_spread" }, { ...cell, id: "never_full", severity: "info" }] },
    "House on battery. Low cell and 1 more. Reserve (30 %) about 21:30, empty about 00:40.",
    "Дом от батареи. Низкая ячейка и ещё 1. Резерв (30 %) около 21:30, разрядится около 00:40.",
  ],
  [
    "the rules are dead: nothing of their alerts in the present tense",
    {
      ...{ on_grid: true, work_state: "bypass", live: { ...NIGHT, battery: 0, grid: 940 }, alerts: [cell] },
      judgement: { state: "old", at: NOW - 2 * 86_400, age_s: 2 * 86_400 },
    },
    "House on the grid. The rules have not run for 2 d.",
    "Дом от сети. Правила не работают уже 2 д.",
  ],
  [
    "the inverter is silent",
    {
      ...{ inverter: "silent", inverter_last_at: NOW - 15_600, on_grid: null, work_state: null, grid_voltage: null },
      ...{ live: { ...NIGHT, sun: null, house: null, grid: null, battery: null } },
      alerts: [{ id: "device_silent", severity: "warning", since: NOW - 15_000 }],
    },
    "The inverter has been silent since 15:40.",
    "Инвертор молчит с 15:40.",
  ],
  [
    "fresh station",
    { inverter: "never", inverter_last_at: null, on_grid: null, live: { ...NIGHT, soc: null, house: null } },
    "Waiting for the first data.",
    "Ждём первых данных.",
  ],
];

const plain = (text: string): string => text.replaceAll("\u00a0", " ").replaceAll("\u202f", " ");

for (const [name, change, en, ru] of SENTENCES) {
  test(`the station in one sentence: ${name}`, () => {
    const headline = headlineOf({ ...QUIET, ...change });
    assert.equal(plain(speech("en").headline(headline, ZONE)), en);
    assert.equal(plain(speech("ru").headline(headline, ZONE)), ru);
    assert.equal(unmarked(pseudoSpeech().headline(headline, ZONE)), "");
  });
}

test("every state of the house, with and without anything known, is fit for a person", () => {
  const seen = new Set<string>();
  for (const language of LANGUAGE_CODES) {
    for (const on_grid of [true, false, null]) {
      for (const work_state of ["stop", "bypass", null]) {
        for (const [sun, battery, grid] of [
          [0, -800, 0],
          [2000, 900, 0],
          [900, 0, 0],
          [500, -400, 0],
          [0, 0, 900],
          [0, 700, 1600],
          [2000, 100, -900],
          [300, 0, 600],
          [null, null, null],
        ] as const) {
          for (const capacity of [280_000, null]) {
            const live = { ...NIGHT, sun, battery, grid, capacity };
            const headline = headlineOf({ ...QUIET, on_grid, work_state, live, alerts: [cell] });
            seen.add(headline.state);
            assertForPeople(speech(language).headline(headline, ZONE), language, JSON.stringify(headline));
          }
        }
      }
    }
  }
  assert.deepEqual([...seen].sort(), [
    ...["battery", "grid", "grid_charges", "sells", "stopped", "sun", "sun_and_grid", "sun_battery", "sun_charges"],
    "unknown",
  ]);
});

test("off the grid the sentence always says how long, as soon as charge and load are known", () => {
  for (const soc of [12, 25, 45, 90]) {
    for (const load of [200, 900, 3000]) {
      const live = { ...NIGHT, soc, house: load, battery: -load };
      const { coming } = headlineOf({ ...QUIET, live });
      const far = load === 200 && soc > 45;
      assert.equal(coming.length > 0, !far, `${soc} % at ${load} W: ${JSON.stringify(coming)}`);
    }
  }
});
