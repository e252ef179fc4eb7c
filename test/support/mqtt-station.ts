import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openStore, type Store } from "../../lib/store/database.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import type { Broker } from "./broker.ts";
import { type CommandOptions, type TestStation, testStation } from "./command.ts";
import { recordedBms, recordedBmsSettings, recordedInverter, recordedInverterSettings } from "./recorded-samples.ts";
import { scratchDirectory } from "./scratch.ts";

/** A station whose samples are put into the state file by the test, and its mqtt-push. */
export interface MqttStation extends TestStation {
  /** Stores a sample and the settings of both devices, taken at `at`. */
  poll(at: number, devices?: readonly ("inverter" | "bms")[]): void;
  /** Runs mqtt-push at that time; it must succeed and say nothing. Its answer. */
  push(now: number, args?: readonly string[]): Promise<Answer>;
  store<T>(work: (store: Store) => T): T;
}

export interface Answer {
  readonly session_present: boolean;
  readonly messages_sent: number;
  readonly history_sent: number;
  readonly fresh_devices: readonly string[];
  readonly commands: { readonly accepted: number; readonly refused: number; readonly duplicates: number };
  readonly bytes_sent: number;
}

/** `mqtt`: keys of the mqtt section beside enabled and url, as YAML flow. */
export function mqttStation(t: TestContext, broker: Pick<Broker, "url">, mqtt = "", more = ""): MqttStation {
  const own = mqtt === "" ? "" : `, ${mqtt}`;
  const station = testStation(t, `mqtt: {enabled: true, url: "${broker.url}", timeout_s: 5${own}}\n${more}`);
  const store: MqttStation["store"] = (work) => {
    const opened = openStore(`${station.folder}/station.db`);
    try {
      return work(opened);
    } finally {
      opened.close();
    }
  };
  return {
    ...station,
    store,
    poll: (at, devices = ["inverter", "bms"]) =>
      store((opened) =>
        opened.write(() => {
          if (devices.includes("inverter")) {
            saveInverterSample(opened, "inverter", at, recordedInverter());
            saveSettings(opened, "inverter", "inverter", at, recordedInverterSettings(), () => "foreign");
          }
          if (devices.includes("bms")) {
            saveBmsSample(opened, "bms", at, recordedBms());
            saveSettings(opened, "bms", "bms", at, recordedBmsSettings(), () => "foreign");
          }
        }),
      ),
    push: async (now, args = []) => {
      const options: CommandOptions = { now };
      const { code, stdout, stderr } = await station.run("mqtt-push", ["--json", ...args], options);
      assert.equal(stderr, "");
      assert.equal(code, 0, stdout);
      return JSON.parse(stdout) as Answer;
    },
  };
}

/** A file of mode 0600 with one line. */
export function secretFile(t: TestContext, line: string): string {
  const path = join(scratchDirectory(t), "secret");
  writeFileSync(path, `${line}\n`, { mode: 0o600 });
  return path;
}
