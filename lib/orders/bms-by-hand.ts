import { BadCommand, UsageError } from "../base/errors.ts";
import { failure, said } from "../base/failure/failure.ts";
import { fromHex, toHex } from "../codec/hex.ts";
import type { Field } from "../codec/table.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { POLLS } from "../devices/index.ts";
import type { Store } from "../store/database.ts";
import { type OrderRow, orderById } from "../store/orders.ts";
import { speech } from "../words/index.ts";
import { runBmsOrders } from "./carry-out.ts";
import type { HandAnswer, OrderContext } from "./context.ts";
import { bmsRows } from "./device-tables.ts";
import { submitOrder } from "./intake.ts";
import { orderLine, orderReason } from "./order-reason.ts";
import { orderJson } from "./order-report.ts";
import { bmsOrders, permittedText } from "./order-table.ts";

/** One setting of one BMS, by hand. */
export interface BmsSetRequest {
  readonly context: OrderContext;
  readonly store: Store;
  readonly client: BmsClient;
  /** The unit's name in the configuration. */
  readonly name: string;
  readonly setting: string;
  readonly value: string;
  /** --yes. */
  readonly confirmed: boolean;
  /** --unlock NAME. */
  readonly unlock?: string | undefined;
}

/** `set NAME VALUE`: checks, journals and carries out at once. @throws BadCommand with the permitted range */
export async function bmsSet(request: BmsSetRequest): Promise<HandAnswer> {
  const { context, store, client, name, setting, value, confirmed, unlock } = request;
  for (const word of [setting, value]) {
    if (!/^[\x21-\x7e]+$/.test(word) || word.includes("#")) throw new BadCommand(failure("word_of_no_order", { word }));
  }
  const order = submitOrder(context, store, {
    kind: "bms",
    device: name,
    line: `${setting}=${value}${confirmed ? " confirm" : ""}`,
    source: "hand",
    table: bmsOrders(bmsRows(client.dialect)),
    ...(unlock === undefined ? {} : { unlock }),
  });
  return carryOut(request, order);
}

async function carryOut(
  request: Pick<BmsSetRequest, "context" | "store" | "client" | "name">,
  order: OrderRow,
): Promise<HandAnswer> {
  const { context, store, client } = request;
  if (order.state === "refused") {
    // By the dialect that just answered: an earlier run need not have found it.
    const table = bmsOrders(bmsRows(client.dialect));
    throw new BadCommand(said(orderReason(context, store, order, { typed: true, table }) ?? order.text));
  }
  const run = await runBmsOrders(request);
  const row = orderById(store, order.id) as OrderRow;
  return {
    json: orderJson(context, store, row),
    text: () => orderLine(context, store, row),
    always: true,
    ...(run.failure ? { failure: run.failure } : {}),
  };
}

/** The original's raw form. Numbers as they stand on its command line. */
export interface BmsRawRequest extends Pick<BmsSetRequest, "context" | "store" | "name" | "confirmed" | "unlock"> {
  readonly client: BmsClient;
  readonly cmd: number;
  readonly id: number;
  /** Hex bytes. */
  readonly value: string;
}

/**
 * One raw command of the device's protocol. A write goes the way of every order: checked, journaled, read back.
 * @throws UsageError, BadCommand for what the table does not have or locks
 */
export async function bmsRaw(request: BmsRawRequest): Promise<HandAnswer> {
  const { context, store, client, name, cmd, id, unlock, confirmed } = request;
  const value = bytesOf(request.value);
  const plan = client.planRaw?.({ cmd, id, value, unlock });
  if (plan === undefined) {
    throw new UsageError(failure("no_raw_commands", { name, dialect: client.dialect, poll: POLLS.bms }));
  }
  if (plan.kind === "ask") {
    const { json, lines } = await plan.ask();
    return { json, text: () => lines.join("\n"), always: true };
  }
  const table = bmsOrders(bmsRows(client.dialect));
  if (plan.value === null) {
    const permitted = permittedText(speech(context.config.station.lang), table, table.rows[plan.key] as Field);
    throw new BadCommand(failure("raw_value_meaningless", { value: toHex(value), key: plan.key, permitted }));
  }
  const line = `${plan.key}=${plan.value}${confirmed ? " confirm" : ""}`;
  const origin = { kind: "bms", device: name, line, source: "hand", table } as const;
  return carryOut(request, submitOrder(context, store, { ...origin, ...(unlock === undefined ? {} : { unlock }) }));
}

function bytesOf(hex: string): Uint8Array {
  try {
    return fromHex(hex);
  } catch (error) {
    throw new UsageError(failure("raw_value_no_hex", { value: hex.slice(0, 20) }), { cause: error });
  }
}
