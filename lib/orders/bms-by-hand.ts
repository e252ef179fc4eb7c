import { BadCommand, UsageError } from "../base/errors.ts";
import { fromHex, toHex } from "../codec/hex.ts";
import type { Field } from "../codec/table.ts";
import { wireBits } from "../codec/values.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import type { Bms4e57Client } from "../devices/jkbms/client-4e57.ts";
import { asciiText, decodeRecords, HIDDEN, recordValue } from "../devices/jkbms/decode.ts";
import { COMMAND, type Frame } from "../devices/jkbms/frame.ts";
import { RECORDS, type RecordKey, recordOfTag } from "../devices/jkbms/records.ts";
import { withoutSecrets } from "../devices/jkbms/redact.ts";
import type { Store } from "../store/database.ts";
import { type OrderRow, orderById } from "../store/orders.ts";
import { runBmsOrders } from "./carry-out.ts";
import type { HandAnswer, OrderContext } from "./context.ts";
import { bmsRows } from "./device-tables.ts";
import { submitOrder } from "./intake.ts";
import { orderJson, orderLine, reasonIn } from "./order-report.ts";
import { bmsOrders, permittedText, rawOfWord } from "./order-table.ts";

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

/** `jkbms-dump set NAME VALUE`: checks, journals and carries out at once. @throws BadCommand with the permitted range */
export async function bmsSet(request: BmsSetRequest): Promise<HandAnswer> {
  const { context, store, client, name, setting, value, confirmed, unlock } = request;
  for (const word of [setting, value]) {
    if (!/^[\x21-\x7e]+$/.test(word) || word.includes("#")) throw new BadCommand(`"${word}" is neither name nor value`);
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
    throw new BadCommand(reasonIn(bmsOrders(bmsRows(client.dialect)), order) ?? order.text);
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
export interface BmsRawRequest {
  readonly context: OrderContext;
  readonly store: Store;
  readonly client: Bms4e57Client;
  readonly name: string;
  /** 1 activate, 2 write, 3 read one, 5 password, 6 read all. */
  readonly cmd: number;
  /** Identification code, 0 where the command needs none. */
  readonly id: number;
  /** Hex bytes. */
  readonly value: string;
  /** --yes. */
  readonly confirmed: boolean;
  /** --unlock: name of the row, or the id as a number where the table has none (reading only). */
  readonly unlock?: string | undefined;
}

/**
 * `jkbms-dump --cmd 2 --id 171 --value 01`: one raw command of the 4E57 protocol. A write goes the way of every order: checked,
 * journaled, read back. @throws UsageError, BadCommand for what the table does not have or locks
 */
export async function bmsRaw(request: BmsRawRequest): Promise<HandAnswer> {
  const { client, cmd, id } = request;
  if (!Object.values(COMMAND).includes(cmd as 1)) {
    throw new UsageError(`--cmd ${cmd}: expected 1 (activate), 2 (write), 3 (read), 5 (password) or 6 (read all)`);
  }
  const bytes = bytesOf(request.value);
  if (cmd === COMMAND.write) return write(request, bytes);
  const needsRow = cmd === COMMAND.read && id !== 0;
  if (needsRow && recordOfTag(id) === undefined && request.unlock !== String(id)) {
    throw new BadCommand(`id ${id} is not in the table; to read it all the same: --unlock ${id}`);
  }
  if (bytes.length > 0 && cmd !== COMMAND.password)
    throw new UsageError(`--value is for --cmd 2 and 5, not for ${cmd}`);
  return showReply(await client.request(cmd, id, bytes), client.name);
}

async function write(request: BmsRawRequest, bytes: Uint8Array): Promise<HandAnswer> {
  const { context, store, client, name, id, unlock, confirmed } = request;
  const key = recordOfTag(id);
  if (key === undefined)
    throw new BadCommand(`id ${id} is not in the table: its length is unknown and it is never written`);
  const field: Field = RECORDS[key];
  const length = wireBits(field) / 8;
  if (bytes.length !== length) {
    throw new BadCommand(`--value for ${key} (id ${id}) needs ${length} bytes of hex, not ${bytes.length}`);
  }
  if (field.kind === "ascii") return writeText(client, key, bytes, unlock);
  if (field.kind === "bool" && Number.parseInt(toHex(bytes), 16) > 1)
    throw new BadCommand(`--value ${toHex(bytes)}: ${key} (id ${id}) is a switch and takes 00 or 01`);
  const raw = rawOfWord(field, Number.parseInt(toHex(bytes), 16));
  // A switch is off or on: what reads as "not off" is not what was asked for.
  if (raw === null || (field.kind === "bool" && raw !== 0 && raw !== 1)) {
    const text = `--value ${toHex(bytes)} means nothing in ${key}; permitted: ${permittedText(bmsOrders(), field)}`;
    throw new BadCommand(text);
  }
  const value = field.kind === "enum" ? (field.labels[raw] ?? `${raw}`) : recordValue(key, raw);
  const line = `${key}=${String(value)}${confirmed ? " confirm" : ""}`;
  const table = bmsOrders();
  const origin = { kind: "bms", device: name, line, source: "hand", table } as const;
  const order = submitOrder(context, store, { ...origin, ...(unlock === undefined ? {} : { unlock }) });
  return carryOut(request, order);
}

/** Text rows are locked ones. They cannot be read back in clear, so the acknowledgement is all there is. */
async function writeText(
  client: Bms4e57Client,
  key: RecordKey,
  bytes: Uint8Array,
  unlock?: string,
): Promise<HandAnswer> {
  await client.writeSetting(key, asciiText(bytes), unlock === undefined ? {} : { unlock });
  const text = `${key}: acknowledged, not verified`;
  return { json: { record: key, state: "acknowledged" }, text: () => text, always: true };
}

function showReply(frame: Frame, where: string): HandAnswer {
  const hex = toHex(withoutSecrets(frame.bytes));
  const isList = frame.command === COMMAND.read || frame.command === COMMAND.read_all;
  const decoded = isList ? decodeRecords(frame.data, where) : null;
  const records = Object.fromEntries(
    (decoded?.order ?? []).map((key) => [key, recordValue(key, decoded?.records[key] ?? null)]),
  );
  const cells = decoded?.cells ?? null;
  const lines = Object.entries(records).map(
    ([key, value]) => `${key}: ${value === HIDDEN ? HIDDEN : JSON.stringify(value)}`,
  );
  if (cells) lines.unshift(`cells: ${cells.join(" ")} mV`);
  return {
    json: { command: frame.command, hex, records, cells },
    text: () => [hex, ...lines].join("\n"),
    always: true,
  };
}

function bytesOf(hex: string): Uint8Array {
  try {
    return fromHex(hex);
  } catch (error) {
    throw new UsageError(`--value "${hex.slice(0, 20)}" is no hex, such as 01 or 0A8C`, { cause: error });
  }
}
