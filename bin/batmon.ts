#!/usr/bin/env node
import { run } from "../lib/cli/run-command.ts";
import type { Handler } from "../lib/cli/spec.ts";
import { stayOf } from "../lib/cli/stay.ts";
import { runBatmon } from "../lib/jobs/batmon/batmon-run.ts";
import { changeMode, showAlerts, showReport, testMessage } from "../lib/jobs/batmon/hand.ts";
import { batmonStateUsable, batmonWithoutState } from "../lib/jobs/batmon/state-trouble.ts";
import { why } from "../lib/jobs/batmon/why.ts";

/** Work by hand, by its option, loaded where no other run needs it; without any of them it is cron's run. */
const BY_HAND: Readonly<Record<string, Handler>> = {
  mode: changeMode,
  why,
  report: showReport,
  plan: async (context) => (await import("../lib/jobs/batmon/plan-shown.ts")).showPlan(context),
  backtest: async (context) => (await import("../lib/jobs/batmon/backtest.ts")).runBacktest(context),
  tune: async (context) => (await import("../lib/jobs/batmon/tune.ts")).runTune(context),
  alerts: showAlerts,
  chats: async (context) => (await import("../lib/jobs/batmon/chats-shown.ts")).showChats(context),
  testMessage,
};

function chosen(options: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(BY_HAND).find((name) => options[name] !== undefined);
}

run({
  spec: {
    name: "batmon",
    about: "Judge the stored samples: switch the grid, raise alerts, report, deliver messages.",
    job: (options) => chosen(options) === undefined,
    writes: true,
    deadline_s: ({ backtest, tune }) => (backtest === undefined && tune === undefined ? 55 : 0),
    options: [
      {
        flags: "--mode <mode>",
        about: "who rules the grid switch from now on: the rules, the owner, or the rules without orders",
        choices: ["auto", "on-grid", "off-grid", "observe"],
      },
      { flags: "--why [time]", about: "explain the last decision, or the one at 14:05 or 2026-06-21T12:05:00Z" },
      { flags: "--plan", about: "show what the coming day will bring: switch, charge, energy from the grid" },
      { flags: "--score", about: "with --plan: how well the last days were foreseen" },
      { flags: "--report [day]", about: "print the report of today, or of a day such as 2026-06-21 or yesterday" },
      { flags: "--backtest <span>", about: "the rules over stored samples, e.g. 2026-06-01..2026-06-07" },
      { flags: "--with <file>", about: "with --backtest: rules of this other configuration" },
      { flags: "--tune", about: "try other presets, reserves and margins on the last days, and propose" },
      {
        flags: "--stay <duration>",
        about: "listen to the chats this long, so that they are answered within seconds: 50s from cron",
        parse: stayOf(50),
      },
      { flags: "--chats", about: "show what was said to the bot of late, and what became of it" },
      { flags: "--alerts", about: "show the alerts that are raised now" },
      { flags: "--test-message", about: "send one test message through every channel" },
    ],
  },
  withoutState: batmonWithoutState,
  stateUsable: batmonStateUsable,
  handler: (context) => (BY_HAND[chosen(context.options) ?? ""] ?? runBatmon)(context),
});
