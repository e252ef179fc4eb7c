import { howToBeAllowed, loginName, mayWrite } from "../base/access.ts";
import { BadCommand, failureOf, StateError, UsageError } from "../base/errors.ts";
import { eitherOf } from "../base/failure/either.ts";
import { failure, said } from "../base/failure/failure.ts";
import { localStamp } from "../base/local-time.ts";
import { runSibling, sameConfig } from "../cli/sibling.ts";
import type { Answer, Context, OptionSpec } from "../cli/spec.ts";
import { onScreen, screenSize } from "../cli/terminal.ts";
import type { WriteClass } from "../codec/table.ts";
import { wireBits } from "../codec/values.ts";
import { areSeveral, inverterNames, unitNamed } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { appendOrder } from "../orders/append-line.ts";
import { commandFile, inverterTable, orderTable } from "../orders/device-tables.ts";
import { type OrderRequest, requestedOrder, submitOrder } from "../orders/intake.ts";
import { failureOfNow, planText, registerOf } from "../orders/inverter-by-hand.ts";
import { rightedTerm } from "../orders/lease-returns.ts";
import { orderLine, orderReason } from "../orders/order-reason.ts";
import { orderJson } from "../orders/order-report.ts";
import { inverterOrders } from "../orders/order-table.ts";
import { because, plain, settingName, settingValue } from "../orders/reasons.ts";
import { speechOfStation } from "../station/voice.ts";
import { NoStateYet, type Store } from "../store/database.ts";
import { activeLeases, type LeaseRow } from "../store/leases.ts";
import { finishOrder, latestOrders, type NewOrder, type OrderRow, openOrders, orderById } from "../store/orders.ts";
import { latestSettings } from "../store/setting-rows.ts";
import { aligned } from "../terminal/table.ts";
import type { Speech } from "../words/index.ts";

/** For a station of several inverters. */
const WHICH: OptionSpec = { flags: "--inverter <name>", about: "which of several inverters" };

export const LIST = {
  name: "list",
  about: "Show the writable registers with their ranges and present values.",
  options: [WHICH],
};

export const SET_OPTIONS: readonly OptionSpec[] = [
  WHICH,
  { flags: "--for <duration>", about: "put the old value back after this time, e.g. 30m" },
  { flags: "--until <time>", about: "put the old value back at this time of day, e.g. 07:00" },
  { flags: "-y, --yes", about: "confirm a setting that concerns the safety of the battery" },
  { flags: "--unlock <register>", about: "write a locked register; must name it" },
  { flags: "--now", about: `run ${POLLS.inverter} at once and show the outcome` },
];

/** `inverter-cmd list`: every writable register with name, unit, range, class and the value it was last read with. */
export async function listRegisters(context: Context): Promise<Answer> {
  const store = existingStore(context);
  const name = inverterOf(context);
  const table = store ? inverterTable(context, store, name) : inverterOrders();
  const settings = store ? latestSettings(store, name) : null;
  const rows = Object.entries(table.rows).filter(([, field]) => field.write && wireBits(field) <= 16);
  const speech = speechOfStation(context);
  const registers = rows.map(([key, field]) => registerOf(speech, table, key, field, settings?.raw[key]));
  const age_s = settings ? context.clock.now() - settings.read_at : null;
  const text = () => listText(speech, registers, age_s);
  return { json: { registers, values_age_s: age_s }, text, always: true };
}

/** What anybody may set stands first, what must be unlocked last. */
const CLASS_ORDER: readonly WriteClass[] = ["normal", "battery_safety", "never"];

function listText(speech: Speech, registers: readonly ReturnType<typeof registerOf>[], age_s: number | null): string {
  const words = speech.orders.by_hand;
  const rank = (one: { readonly class: WriteClass }) => CLASS_ORDER.indexOf(one.class);
  const sorted = [...registers].sort((a, b) => rank(a) - rank(b));
  const cells = sorted.map((row) => [
    `${row.address}`,
    row.name,
    row.present ?? "–",
    words.classes[row.class],
    row.permitted,
  ]);
  const age = age_s === null ? words.never_read : plain(words.read(speech.format.duration(age_s)));
  return `${columns([words.columns, ...cells])}\n\n${onScreen([`${age}; ${words.classes_told}`])}`;
}

/** Registers that change what the plan foresees; nothing of it loads for the others. */
const PLANNED: ReadonlySet<string> = new Set([
  ...["ongrid_switch", "charger_source_priority", "grid_charge_current", "absorption_voltage", "float_voltage"],
]);

/** `inverter-cmd set NAME VALUE`: checks, shows old → new and what it does, queues; --now carries it out at once. */
export async function setRegister(context: Context): Promise<Answer> {
  const request = requestOf(context);
  // A member of the station's group reads the state and appends to the command file, as `echo` would.
  const { state_dir } = context.config.station;
  const appends = !mayWrite(state_dir);
  if (appends && (context.options.now === true || request.unlock !== undefined)) {
    throw new StateError(failure("only_as_owner", { advice: howToBeAllowed(state_dir) }));
  }
  const store = context.openStore({ readonly: appends });
  const planned = requestedOrder(context, store, request);
  if (planned.state === "refused")
    throw new BadCommand(said(orderReason(context, store, planned, { typed: true }) ?? planned.text));
  const { clock } = context;
  const settings = latestSettings(store, request.device);
  const table = orderTable(context, store, request.device);
  const foreseen = PLANNED.has(planned.key ?? "")
    ? (await import("../judge/order-preview.ts")).previewOrder(context, store, planned)
    : null;
  const speech = speechOfStation(context);
  const words = speech.orders.by_hand;
  const local = (at: number) => speech.format.clock(at, clock.now(), context.config.station.time_zone);
  const change = planText(speech, table, planned, settings?.raw[planned.key ?? ""], local);
  const told = foreseen === null ? change : `${change}\n${foreseen.text}`;
  const preview = foreseen?.json ?? null;
  if (context.dryRun) {
    return { json: { ...planned, queued: false, preview }, text: () => `${told}\n${words.not_queued}`, always: true };
  }
  if (appends) {
    const named = areSeveral(context.config, "inverter") ? `${request.device}.${request.line}` : request.line;
    return appendAsMember(context, named, { planned: { ...planned, preview }, told });
  }
  const order = submitOrder(context, store, request);
  if (context.options.now !== true) {
    const life = speech.format.duration(order.expires_at - clock.now());
    const text = `${told}\n${plain(words.queued(order.id, POLLS.inverter, life))}`;
    return { json: { ...orderJson(context, store, order), preview }, text: () => text, always: true };
  }
  const run = await runSibling(POLLS.inverter, ["-v", ...sameConfig(context)]);
  const row = orderById(store, order.id) as OrderRow;
  const failed = failureOfNow(context, store, row, run);
  // What the device itself told before the write; a value that was read earlier may have changed since.
  const seen = row.old_raw ?? (row.state === "unchanged" ? row.read_back_raw : null);
  const plan = seen === null ? told : planText(speech, table, planned, seen, local);
  const text = () => `${plan}\n${orderLine(context, store, row)}`;
  return { json: orderJson(context, store, row), text, always: true, ...(failed ? { failure: failed } : {}) };
}

/** The order as a line of the command file, signed with the account. @throws StateError with what to type */
function appendAsMember(
  context: Context,
  line: string,
  plan: { planned: NewOrder & { readonly preview: object | null }; told: string },
): Answer {
  const path = commandFile(context, "inverter");
  const login = loginName();
  try {
    appendOrder(path, login === null ? line : `${line} login ${login}`);
  } catch (error) {
    const advice = howToBeAllowed(context.config.station.state_dir);
    throw new StateError(failure("with_advice", { failure: failureOf(error), advice }), { cause: error });
  }
  const text = `${plan.told}\n${speechOfStation(context).orders.by_hand.written(path, POLLS.inverter)}`;
  return { json: { ...plan.planned, login, queued: true }, text: () => text, always: true };
}

function requestOf(context: Context): OrderRequest {
  const [name = "", value = ""] = context.args;
  const { yes, unlock, for: lease, until } = context.options as Record<string, string | boolean | undefined>;
  for (const word of [name, value, lease, until]) {
    if (word !== undefined && (!/^[\x21-\x7e]+$/.test(String(word)) || String(word).includes("#"))) {
      throw new UsageError(failure("no_name_no_value", { word: String(word) }));
    }
  }
  if (lease !== undefined && until !== undefined) throw new UsageError(failure("for_and_until"));
  const words = [yes === true && "confirm", lease && `for ${lease}`, until && `until ${until}`].filter(Boolean);
  const line = [`${name}=${value}`, ...words].join(" ");
  const base = { kind: "inverter", device: inverterOf(context), line, source: "hand" } as const;
  return { ...base, ...(typeof unlock === "string" ? { unlock: unlockKey(unlock) } : {}) };
}

/** The inverter that is meant: the only one, or the one that --inverter names. @throws UsageError */
function inverterOf({ config, options }: Context): string {
  const names = inverterNames(config);
  const wanted = options.inverter ?? (names.length === 1 ? names[0] : undefined);
  if (wanted === undefined) throw new UsageError(failure("which_inverter", { names: eitherOf(names) }));
  return unitNamed([config.inverter, ...config.more_inverters], wanted, "inverter").name;
}

/** --unlock takes the register's name or its address. */
function unlockKey(given: string): string {
  return (/^\d+$/.test(given) && inverterOrders().keyOfAddress?.get(Number(given))) || given;
}

/** `inverter-cmd queue`: what waits, and the leases that hold. */
export async function showQueue(context: Context): Promise<Answer> {
  const store = existingStore(context);
  const orders = store ? openOrders(store) : [];
  const leases = store ? activeLeases(store) : [];
  const now = context.clock.now();
  const speech = speechOfStation(context);
  const leaseText = leases.map(({ device, key, order_id, leased_raw, old_raw, ends_at, held_since }, index) => {
    const field = store ? orderTable(context, store, device)?.rows[key] : undefined;
    const text = (raw: number) => settingValue(speech, field, raw);
    const righted = store && rightedTerm(context, store, leases[index] as LeaseRow);
    const left_s = (righted?.ends_at ?? ends_at) - now;
    const end = left_s > 0 ? speech.format.duration(left_s) : null;
    const name = settingName(speech, key, field);
    return speech.orders.lease(order_id, `${name} ${text(leased_raw)}`, text(old_raw), end, held_since !== null);
  });
  return {
    json: { orders: orders.map((order) => orderJson(context, store as Store, order)), leases },
    text: () => {
      const lines = orders.map((order) => orderLine(context, store as Store, order));
      return onScreen([...(lines.length > 0 ? lines : [speech.orders.by_hand.none_waits]), ...leaseText], 2);
    },
    always: true,
  };
}

/** `inverter-cmd log`: the newest orders of all devices, oldest first. */
export async function showLog(context: Context): Promise<Answer> {
  const store = existingStore(context);
  const orders = store ? latestOrders(store, Number(context.options.limit ?? 20)).reverse() : [];
  const stamp = (order: OrderRow) => localStamp(order.finished_at ?? order.queued_at, context.config.station.time_zone);
  return {
    json: { orders: orders.map((order) => orderJson(context, store as Store, order)) },
    text: () => {
      const lines = orders.map((order) => `${stamp(order)} ${orderLine(context, store as Store, order)}`);
      return lines.length > 0 ? onScreen(lines, 2) : speechOfStation(context).orders.by_hand.none_given;
    },
    always: true,
  };
}

/** `inverter-cmd cancel ID`: only what was not sent yet. @throws BadCommand otherwise */
export async function cancelOrder(context: Context): Promise<Answer> {
  const id = Number(context.args[0]);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new UsageError(failure("no_order_number", { given: String(context.args[0]) }));
  const store = context.openStore();
  const row = store.write(() => {
    const order = orderById(store, id);
    if (!order) throw new BadCommand(failure("no_such_order", { id }));
    if (order.state !== "queued")
      throw new BadCommand(failure("order_not_queued", { id, state: failure(`order_is_${order.state}`) }));
    if (!context.dryRun) finishOrder(store, id, { state: "cancelled", why: because("by_hand") }, context.clock.now());
    return orderById(store, id) as OrderRow;
  });
  const text = () => orderLine(context, store, row);
  return { json: orderJson(context, store, row), text, always: true };
}

/** The state file for readers; null before the first run of a dump command. */
function existingStore(context: Context): Store | null {
  try {
    return context.openStore({ readonly: true });
  } catch (error) {
    if (error instanceof NoStateYet) return null;
    throw error;
  }
}

/** A table as wide as the screen; where its last column would get no room, it stands below the others. */
function columns(rows: readonly (readonly string[])[]): string {
  const heads = aligned(rows.map((row) => row.slice(0, -1)));
  const left = Math.max(...heads.map(({ length }) => length)) + 2;
  if (screenSize().text >= left + LEAST_LAST)
    return aligned(rows)
      .map((line) => onScreen([line], left))
      .join("\n");
  return heads.map((head, index) => onScreen([head, `  ${rows[index]?.at(-1)}`], 2)).join("\n");
}

/** Room that the last column of a table needs. */
const LEAST_LAST = 28;
