import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { Answer, Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { bmsRaw, bmsSet } from "../orders/bms-by-hand.ts";
import { openBmsLine } from "../poll/bms-line.ts";
import { chosenPacks } from "./poll-packs.ts";

/** `set NAME VALUE`: one setting or switch of one BMS, checked, written once, read back. */
export function setBms(context: Context): Promise<Answer> {
  const [setting = "", value = ""] = context.args;
  return withUnit(context, (client, unit) =>
    bmsSet({ ...request(context, unit), client, setting, value, confirmed: context.options.yes === true }),
  );
}

/** The original's raw form: `--cmd 2 --id 171 --value 01 --bms_id 0`. */
export function rawBms(context: Context): Promise<Answer> {
  const { cmd, id = 0, value = "", yes } = context.options;
  return withUnit(context, (client, unit) => {
    const bytes = { cmd: Number(cmd), id: Number(id), value: String(value) };
    return bmsRaw({ ...request(context, unit), client, ...bytes, confirmed: yes === true });
  });
}

function request(context: Context, unit: BmsConfig) {
  const { unlock } = context.options;
  return { context, store: context.openStore(), name: unit.name, unlock: unlock as string | undefined };
}

async function withUnit(
  context: Context,
  work: (client: BmsClient, unit: BmsConfig) => Promise<Answer>,
): Promise<Answer> {
  const unit = oneUnit(context);
  const line = await openBmsLine(context, unit);
  try {
    return await work(await line.client(unit), unit);
  } finally {
    await line.close();
  }
}

/**
 * The unit that --bms names, or whose terminal number the original's --bms_id gives, or the only one. A number that no unit has goes
 * to the chosen one, as the original would send it. @throws UsageError
 */
function oneUnit(context: Context): BmsConfig {
  const terminal = terminalOf(context);
  const chosen = chosenPacks(context);
  const named = terminal === null ? chosen : chosen.filter((unit) => unit.terminal === terminal);
  const units = named.length === 0 ? chosen : named;
  const [unit, ...others] = units;
  if (!unit || others.length > 0)
    throw new UsageError(failure("which_bms", { names: units.map(({ name }) => name).join(", ") }));
  return terminal === null ? unit : { ...unit, terminal };
}

/** The number behind --bms-id, or --bms_id as the original spells it. @throws UsageError */
function terminalOf({ options }: Context): number | null {
  const given = options.bmsId ?? options.bms_id;
  if (given === undefined) return null;
  const number = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(String(given)) ? Number(given) : Number.NaN;
  if (!(number <= 0xffffffff)) throw new UsageError(failure("bad_bms_id", { given: String(given) }));
  return number;
}
