import type { StationError } from "../../base/errors.ts";
import type { Raw } from "../../codec/table.ts";
import type { IdentityRaw, SettingsRaw, StatusRaw } from "./sample.ts";

/** Words as they came, one entry per request that was answered. */
export interface RawBlock {
  readonly start: number;
  readonly words: readonly number[];
}

/** A part (a block of registers) that did not answer, by its name. */
export interface PartFailure {
  readonly part: string;
  readonly error: StationError;
}

/** What some parts told: rows of parts that failed are left out, rows that the machine refuses are null. */
export interface Parts<T> {
  readonly raw: Partial<T>;
  /** Names of the parts that answered, be it with a refusal. */
  readonly answered: readonly string[];
  readonly failures: readonly PartFailure[];
}

/** One inverter, whatever its kind. Parts are named as they are remembered of a machine that does not answer them. */
export interface InverterClient {
  readonly statusParts: readonly string[];
  readonly settingParts: readonly string[];
  readonly identityParts: readonly string[];
  /** Keys of the settings that these parts tell. */
  settingsIn(parts: readonly string[]): readonly string[];
  /**
   * Live values and counters, not judged: see lib/view. A part that fails costs its own values only. `skip`: parts that are not asked.
   * @throws what the line throws when no live values came, PortGone at once
   */
  readStatusParts(
    skip?: readonly string[],
  ): Promise<Pick<Parts<StatusRaw>, "answered" | "failures"> & { readonly status: StatusRaw }>;
  /** Settings, taken only when two readings in a row agree. @throws BadFrame when they differ, PortGone */
  readSettingParts(skip?: readonly string[]): Promise<Parts<SettingsRaw>>;
  /** The whole identity. @throws what failed first */
  readIdentity(): Promise<IdentityRaw>;
  /** Model, versions, serial numbers, calibration. @throws PortGone */
  readIdentityParts(skip?: readonly string[]): Promise<Parts<IdentityRaw>>;
  /** The words of all blocks as they came, for diagnosis. */
  readRegisters(): Promise<RawBlock[]>;
  /** Scaled integer of one row, read alone. @throws BadCommand for a row that this model does not have */
  readOne(key: string): Promise<Raw>;
  /**
   * Sends one write; the caller checks range and order before, and reads back after, also after an error. `unlock`: the owner's consent
   * to a row of class "never". @throws BadCommand
   */
  writeRegister(key: string, raw: number, options?: { readonly unlock?: boolean }): Promise<void>;
}
