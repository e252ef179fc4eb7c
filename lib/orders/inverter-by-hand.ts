/** An order for an inverter by hand, as it is shown before and after. */
import { BadCommand, DeviceTimeout, EXIT, PortBusy, type StationError, WriteMismatch } from "../base/errors.ts";
import { said } from "../base/failure/failure.ts";
import { bringsAbout } from "../codec/effects.ts";
import type { Field } from "../codec/table.ts";
import type { Store } from "../store/database.ts";
import type { NewOrder, OrderRow } from "../store/orders.ts";
import type { Speech } from "../words/index.ts";
import type { OrderContext } from "./context.ts";
import { orderReason, wordsOf } from "./order-reason.ts";
import { addressOf, limitsOf, type OrderTable, permittedText, valueText } from "./order-table.ts";
import { plain, settingName } from "./reasons.ts";

/** One writable row with its range and its present value. */
export function registerOf(speech: Speech, table: OrderTable, key: string, field: Field, raw: unknown) {
  const present = typeof raw === "number" ? valueText(field, raw) : null;
  return {
    name: key,
    address: addressOf(table, key),
    class: field.write?.class ?? "never",
    unit: "unit" in field && field.unit ? field.unit : null,
    permitted: permittedText(speech, table, field),
    ...limitsOf(table, field),
    present,
    doc: field.doc,
    effect: field.write?.effect ?? null,
  };
}

/** What an order would change. `clock`: a moment as the station's clock shows it. */
export function planText(
  speech: Speech,
  table: OrderTable | undefined,
  planned: NewOrder,
  presentRaw: unknown,
  clock: (at: number) => string,
): string {
  const field = planned.key === null ? undefined : table?.rows[planned.key];
  if (!field || planned.key === null || planned.wanted_raw === null || !table) return planned.text;
  const { by_hand, effects } = speech.orders;
  const present = typeof presentRaw === "number" ? valueText(field, presentRaw) : by_hand.not_known;
  const lease = planned.lease_for_s ? by_hand.term(speech.format.duration(planned.lease_for_s)) : "";
  const until = planned.lease_until ? by_hand.until(clock(planned.lease_until)) : "";
  const change = `${present} → ${valueText(field, planned.wanted_raw)}${lease}${until}`;
  const effect = field.write?.effect;
  const isTold = effect !== undefined && bringsAbout(effect, planned.wanted_raw);
  const told = isTold ? effects[effect] : by_hand.about(field.doc, settingName(speech, planned.key, field));
  return plain(`${planned.key} (${addressOf(table, planned.key)}): ${change}\n${told}`);
}

/** What of an order that was to be carried out at once is worth an exit code; null = nothing. `run`: of the poll that was started for it. */
export function failureOfNow(
  context: OrderContext,
  store: Store,
  order: OrderRow,
  run: { readonly exitCode: number; readonly stderr: string },
): StationError | null {
  const { id, state } = order;
  const { orders, page } = wordsOf(context);
  // The command tells its failure last, for people; it is handed on as it is.
  const told = run.stderr.trim().split("\n").at(-1) || null;
  const reason = orderReason(context, store, order, { typed: true }) ?? told;
  const ended = orders.by_hand.ended(id, page[`order_${state}`], reason);
  if (state === "failed") return new WriteMismatch(said(ended));
  if (state === "refused" || state === "expired" || state === "cancelled") return new BadCommand(said(ended));
  if (state !== "queued" && state !== "sending") return null;
  const waits = said(`${ended}; ${orders.by_hand.goes_on}`);
  return run.exitCode === EXIT.tempfail ? new PortBusy(waits) : new DeviceTimeout(waits);
}
