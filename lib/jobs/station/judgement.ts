import type { JudgementReader } from "./page-model.ts";

/** What batmon stored: nothing is known until it has run. */
export const storedJudgement: JudgementReader = {
  grid_switch: () => null,
  alerts: () => null,
};
