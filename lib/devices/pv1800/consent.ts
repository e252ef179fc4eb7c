import type { Field, Table } from "../../codec/table.ts";
import { INVERTER_SETTING_FIELDS } from "../inverter/sample.ts";
import type { At } from "./identity.ts";
import { REGISTERS } from "./registers.ts";

/** Rows of class "never" that become ordinary ones with the owner's written consent, because only he can know what his grid allows. */
const FEED_IN_ROWS: readonly string[] = ["discharge_to_grid"];

/** All registers; with consent to feed in, the rows that need it may be written by any order. */
export function registersWith(consent: { readonly feed_in: boolean }): Table<At> {
  return consent.feed_in ? opened(REGISTERS) : REGISTERS;
}

/** The settings, likewise. */
export function settingsWith(consent: { readonly feed_in: boolean }): Table<At> {
  return consent.feed_in ? opened(INVERTER_SETTING_FIELDS) : INVERTER_SETTING_FIELDS;
}

/** True for a row that needs the consent, so that the client is told to let it through. */
export function needsFeedInConsent(key: string): boolean {
  return FEED_IN_ROWS.includes(key);
}

function opened(table: Table<At>): Table<At> {
  const rows = FEED_IN_ROWS.flatMap((key): [string, Field & At][] => {
    const row = table[key];
    return row?.write ? [[key, { ...row, write: { ...row.write, class: "normal" } }]] : [];
  });
  return { ...table, ...Object.fromEntries(rows) };
}
