import type { StationError } from "../../base/errors.ts";
import type { AnyValue, Raw } from "../../codec/table.ts";

/** Settings and identity of one BMS as scaled integers of its kind's own rows, and as engineering values. */
export interface BmsSettings {
  /** The protocol that it speaks. */
  readonly dialect: string;
  readonly raw: Readonly<Record<string, Raw>>;
  readonly values: Readonly<Record<string, AnyValue>>;
  /** Who the device is, by the same keys in every dialect; null = it does not tell. The number of cells is judged with the sample. */
  readonly identity: Readonly<Record<string, Raw>>;
}

/** What some parts (frames) of a device told of its settings and of itself. */
export interface BmsSettingParts {
  /** Rows of the parts that answered. */
  readonly settings: BmsSettings;
  readonly answered: readonly string[];
  readonly failures: readonly { readonly part: string; readonly error: StationError }[];
}
