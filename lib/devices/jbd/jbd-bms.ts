import { BadCommand } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Raw } from "../../codec/table.ts";
import type { BmsClient } from "../bms/client.ts";
import type { BmsSettingParts, BmsSettings } from "../bms/settings.ts";
import { JbdClient } from "./jbd-client.ts";

/** A JBD board as any BMS of the station: samples only. It has no settings that are read, and none that may be written. */
export class JbdBms extends JbdClient implements BmsClient {
  readonly dialect = "jbd";
  readonly learned = {};
  readonly settingParts = [];
  readonly identityParts = [];

  async readSettings(): Promise<BmsSettings> {
    return this.knownSettings();
  }

  async readSettingParts(): Promise<BmsSettingParts> {
    return { settings: this.knownSettings(), answered: [], failures: [] };
  }

  knownSettings(): BmsSettings {
    return { dialect: this.dialect, raw: {}, values: {}, identity: {} };
  }

  async readSetting(): Promise<Raw> {
    return null;
  }

  async writeSetting(key: string): Promise<void> {
    throw new BadCommand(failure("board_read_only", { place: this.name, key, maker: "JBD" }));
  }
}
