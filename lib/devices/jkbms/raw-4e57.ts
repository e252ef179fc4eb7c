/** One raw command of the 4E57 protocol, as the original's `--cmd 2 --id 171 --value 01` gives it. */
import { BadCommand, UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { toHex } from "../../codec/hex.ts";
import type { Field } from "../../codec/table.ts";
import { rawFromWire, wireBits } from "../../codec/values.ts";
import type { BmsClient, RawCommand, RawPlan, RawReply } from "../bms/client.ts";
import { asciiText, decodeRecords, HIDDEN, type Known4e57, recordValue } from "./decode.ts";
import { COMMAND, type Frame } from "./frame.ts";
import { RECORDS, type RecordKey, recordOfTag } from "./records.ts";
import { withoutSecrets } from "./redact.ts";

/** What a command needs of the client. */
interface Asked extends Pick<BmsClient, "name" | "writeSetting"> {
  readonly learned: Known4e57;
  request(command: number, id?: number, value?: Uint8Array): Promise<Frame>;
}

/** A write goes the way of every order; the rest is asked at once. @throws UsageError, BadCommand for what the table does not have or locks */
export function planRaw(client: Asked, command: RawCommand): RawPlan {
  const { cmd, id, value, unlock } = command;
  if (!Object.values(COMMAND).includes(cmd as 1)) {
    throw new UsageError(failure("raw_command", { cmd }));
  }
  if (cmd === COMMAND.write) return planWrite(client, command);
  const needsRow = cmd === COMMAND.read && id !== 0;
  if (needsRow && recordOfTag(id) === undefined && unlock !== String(id)) {
    throw new BadCommand(failure("raw_id_to_read", { id }));
  }
  if (value.length > 0 && cmd !== COMMAND.password) throw new UsageError(failure("raw_value_unused", { cmd }));
  return { kind: "ask", ask: async () => replyOf(await client.request(cmd, id, value), client) };
}

function planWrite(client: Asked, { id, value, unlock }: RawCommand): RawPlan {
  const key = recordOfTag(id);
  if (key === undefined) throw new BadCommand(failure("raw_id_to_write", { id }));
  const field: Field = RECORDS[key];
  const length = wireBits(field) / 8;
  if (value.length !== length) {
    throw new BadCommand(failure("raw_value_length", { key, id, expected: length, length: value.length }));
  }
  if (field.kind === "ascii") return { kind: "ask", ask: () => writeText(client, key, value, unlock) };
  const word = Number.parseInt(toHex(value), 16);
  // A switch is off or on: what reads as "not off" is not what was asked for.
  if (field.kind === "bool" && word > 1)
    throw new BadCommand(failure("raw_value_no_switch", { value: toHex(value), key, id }));
  const raw = rawFromWire(field, word);
  if (raw === null) return { kind: "order", key, value: null };
  return {
    kind: "order",
    key,
    value: String(field.kind === "enum" ? (field.labels[raw] ?? raw) : recordValue(key, raw)),
  };
}

/** Text rows are locked ones. They cannot be read back in clear, so the acknowledgement is all there is. */
async function writeText(client: Asked, key: RecordKey, bytes: Uint8Array, unlock?: string): Promise<RawReply> {
  await client.writeSetting(key, asciiText(bytes), unlock === undefined ? {} : { unlock });
  return { json: { record: key, state: "acknowledged" }, lines: [`${key}: acknowledged, not verified`] };
}

function replyOf(frame: Frame, { name, learned }: Asked): RawReply {
  const hex = toHex(withoutSecrets(frame.bytes));
  const isList = frame.command === COMMAND.read || frame.command === COMMAND.read_all;
  const decoded = isList ? decodeRecords(frame.data, name, learned) : null;
  const records = Object.fromEntries(
    (decoded?.order ?? []).map((key) => [key, recordValue(key, decoded?.records[key] ?? null)]),
  );
  const cells = decoded?.cells ?? null;
  const lines = Object.entries(records).map(
    ([key, value]) => `${key}: ${value === HIDDEN ? HIDDEN : JSON.stringify(value)}`,
  );
  if (cells) lines.unshift(`cells: ${cells.join(" ")} mV`);
  return { json: { command: frame.command, hex, records, cells }, lines: [hex, ...lines] };
}
