import type { TestContext } from "node:test";
import type { Answer } from "../../lib/cli/spec.ts";
import { runBatmon } from "../../lib/jobs/batmon/batmon-run.ts";
import { type OrderStation, orderStation } from "./orders.ts";
import { type PlantReading, savePlantSamples } from "./plant-samples.ts";

/** A station in this process whose minutes a test lets pass: what the command does, without the cost of starting it. */
export interface BatmonStation extends OrderStation {
  /** Stores samples at `now`, then runs batmon 5 s later, as cron would; `now` moves on by `step_s`. */
  pass(times: number, reading?: PlantReading, step_s?: number): Promise<Answer | undefined>;
}

/** `sections`: what differs from the default configuration. */
export function batmonStation(t: TestContext, sections: Readonly<Record<string, unknown>> = {}): BatmonStation {
  // The rules act only where the owner has said so.
  const station = orderStation(t, { ...sections, batmon: { mode: "auto", ...(sections.batmon as object) } });
  return Object.assign(station, {
    async pass(times: number, reading: PlantReading = {}, step_s = 60) {
      let answer: Answer | undefined;
      for (let count = 0; count < times; count += 1) {
        const at = station.now;
        station.store.write(() => savePlantSamples(station.store, at, reading));
        station.now = at + 5;
        answer = await runBatmon(station.context);
        station.store.flush();
        station.now = at + step_s;
      }
      return answer;
    },
  });
}
