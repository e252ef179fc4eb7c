import assert from "node:assert/strict";
import { test } from "node:test";
import { energyReportText, type ReportRow } from "../../lib/terminal/report-text.ts";
import { aligned } from "../../lib/terminal/table.ts";
import { speech } from "../../lib/words/index.ts";

const WIDE = { columns: 80, text: Number.POSITIVE_INFINITY };

/** A day with 10 kWh of sun, or one without any data. */
function row(period: string, changes: Partial<ReportRow> | "no data" = {}): ReportRow {
  const none = { pv_energy: null, load_energy: null, grid_import_energy: null };
  const some = { pv_energy: 10, load_energy: 8, grid_import_energy: 2 };
  return {
    ...{ period, grid_export_energy: null, grid_charge_energy: null, off_grid_s: null, on_grid_s: null, covered_s: 0 },
    ...(changes === "no data" ? { ...none, days: 0 } : { ...some, days: 1 }),
    of_days: 1,
    ...(changes === "no data" ? {} : changes),
  };
}

const table = (rows: readonly ReportRow[], total: ReportRow, screen = WIDE): string[] =>
  energyReportText(rows, total, speech("en"), screen).split("\n");

test("days without data are one line from the first to the last of them; one alone has its own name", () => {
  const lines = table(
    [
      row("2026-05-30"),
      ...["2026-05-31", "2026-06-01"].map((day) => row(day, "no data")),
      row("2026-06-02"),
      ...["2026-06-03", "2026-06-04", "2026-06-05"].map((day) => row(day, "no data")),
      row("2026-06-06"),
      row("2026-06-07", "no data"),
    ],
    row("2026", { days: 3, of_days: 9 }),
  );
  assert.deepEqual(lines.slice(0, 8), [
    "kWh                       Sun  House  From the grid",
    "2026-05-30               10.0    8.0            2.0",
    "2026-05-31 … 2026-06-01     –      –              –  no data",
    "2026-06-02               10.0    8.0            2.0",
    "2026-06-03 … 05             –      –              –  no data",
    "2026-06-06               10.0    8.0            2.0",
    "2026-06-07                  –      –              –  no data",
    "2026                     10.0    8.0            2.0  no data: 6 / 9",
  ]);
});

test("four rows and more are drawn, the days without data as gaps; fewer are not", () => {
  const days = ["2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04"];
  const rows = days.map((day, index) => row(day, index === 2 ? "no data" : { pv_energy: index === 0 ? 5 : 10 }));
  const drawn = table(rows, row("2026-06", { days: 3, of_days: 4 }));
  assert.deepEqual(drawn.slice(-5), ["Sun    ▅█ █", "House  ▇▇ ▇", "", "", "Own share: 75 %"]);
  const few = table(rows.slice(0, 3), row("2026-06", { days: 2, of_days: 3 }));
  assert.ok(!few.some((line) => /[▁-█]/u.test(line)), few.join("\n"));
});

test("months without any sun are drawn as an empty line, not as a full one", () => {
  const rows = ["2026-01", "2026-02", "2026-03", "2026-04"].map((month) =>
    row(month, { pv_energy: 0, load_energy: 0, of_days: 28, days: 28 }),
  );
  assert.ok(
    table(rows, row("2026", { pv_energy: 0, load_energy: 0, days: 112, of_days: 112 })).includes("Sun    ▁▁▁▁"),
  );
});

test("a month of which nothing is known says so and shows no table", () => {
  assert.deepEqual(table([row("2026-06-01", "no data")], { ...row("2026-06", "no data") }), ["2026-06: no data"]);
});

test("what was sold has a column where something was", () => {
  const sold = table([row("2026-06-01", { grid_export_energy: 1.5 })], row("2026-06", { grid_export_energy: 1.5 }));
  assert.match(sold[0] as string, / To the grid$/);
  assert.match(sold[1] as string, /1\.5$/);
});

test("on a narrow screen a head of several words stands above itself", () => {
  const lines = table([row("2026-06-01"), row("2026-06-02")], row("2026-06", { days: 2, of_days: 2 }), {
    ...{ columns: 36, text: 36 },
  });
  assert.deepEqual(lines.slice(0, 5), [
    "                         From",
    "                          the",
    "kWh          Sun  House  grid",
    "2026-06-01  10.0    8.0   2.0",
    "2026-06-02  10.0    8.0   2.0",
  ]);
});

test("a table of nothing has no lines, and a row may be longer than the first", () => {
  assert.deepEqual(aligned([]), []);
  assert.deepEqual(aligned([["a", "b"], ["long", "c", "more"], ["d"]]), ["a     b", "long  c  more", "d"]);
});
