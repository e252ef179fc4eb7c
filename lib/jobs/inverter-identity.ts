import type { Context } from "../cli/spec.ts";
import { type IdentityRaw, INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import { IDENTITY_BLOCKS } from "../devices/pv1800/blocks.ts";
import { partName } from "../devices/pv1800/client.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";
import type { Doubt } from "../view/doubt.ts";
import { type IdentityVerdict, judgeIdentity } from "../view/identity.ts";
import type { JudgedInverter } from "../view/judge-inverter.ts";
import type { DeviceParts } from "./device-parts.ts";
import type { Failures } from "./failures.ts";
import type { InverterLine } from "./inverter-line.ts";

/** What the owner does with a machine that was exchanged on purpose. */
export const ACCEPT_INVERTER =
  "if it was exchanged, accept it: pv1800-dump --accept-machine; two machines on the line need a name and a port each";

/** The inverter of one round: who it is, and who it was. */
export interface Machine {
  readonly context: Context;
  readonly line: InverterLine;
  readonly store: Store;
  readonly parts: DeviceParts;
  readonly failures: Failures;
}

/** A status that contradicts the remembered identity: the machine is asked again, twice, before anything is believed. */
export async function settleIdentity(machine: Machine, at: number, judged: JudgedInverter): Promise<JudgedInverter> {
  if (judged.refusal !== null || judged.contradictions.length === 0) return judged;
  const now = await machine.failures.attempt(() => confirmedIdentity(machine));
  // Not answered, or two readings that differ: the values stand for themselves, the constant is doubted.
  const verdict = now ? takeIdentity(machine, at, now) : null;
  if (verdict?.code === "other_machine") {
    return { ...judged, refusal: { code: "other_machine", evidence: verdict.evidence } };
  }
  if (verdict?.code === "changed") return judged;
  const doubts = judged.contradictions.map(
    ({ key, raw, expected }): Doubt => ({
      ...{ key: `${key}_copy`, code: "contradicts", raw, twin: key },
      ...{ twin_value: typeof expected === "number" ? expected : null },
    }),
  );
  return { ...judged, doubts: [...judged.doubts, ...doubts] };
}

/** The identity is read at first contact and then once a day. */
const IDENTITY_EVERY_S = 86_400;

/** Reads the identity when it is due. */
export async function refreshIdentity(machine: Machine): Promise<void> {
  const { context, store } = machine;
  const { name } = context.config.inverter;
  const { identity, identity_at } = deviceFacts(store, name);
  const at = context.clock.now();
  const age = typeof identity_at === "number" ? at - identity_at : Number.POSITIVE_INFINITY;
  if (identity !== undefined && age >= 0 && age < IDENTITY_EVERY_S) return;
  const now = identity === undefined ? await readParts(machine) : await confirmedIdentity(machine);
  if (now === null || context.dryRun) return;
  takeIdentity(machine, at, now);
  rememberFacts(store, "inverter", name, { identity_at: at });
}

/** The owner's word that the machine on the line is the right one: who it is, is remembered anew, and what was known of the former is not. */
export async function acceptMachine(machine: Machine): Promise<void> {
  const { context, store } = machine;
  const { name } = context.config.inverter;
  const now = await machine.failures.attempt(() => confirmedIdentity(machine));
  if (!now || context.dryRun) return;
  const at = context.clock.now();
  const known = deviceFacts(store, name).identity as Readonly<Record<string, unknown>> | undefined;
  const { code, evidence } = judgeIdentity(known, now);
  if (code === "same") return;
  const unknown = { battery_class: null, rated_power: null, ratings: null, parts: null };
  // From here on the counters are those of another machine.
  const machine_since = code === "other_machine" ? { ...unknown, machine_since: at } : {};
  rememberFacts(store, "inverter", name, { identity: now, identity_at: at, ...machine_since });
  store.write(() => saveDeviceEvent(store, "inverter", name, { at, code: "machine_accepted", evidence }));
  store.flush();
}

/** The identity when two readings agree, else null. */
async function confirmedIdentity(machine: Machine): Promise<IdentityRaw | null> {
  const one = await readParts(machine);
  const other = await readParts(machine);
  if (one === null || other === null) return null;
  return judgeIdentity(one, other).code === "same" ? other : null;
}

/** The identity as far as the machine tells it; null when it told nothing. */
async function readParts({ line, parts, failures }: Machine): Promise<IdentityRaw | null> {
  const round = await line.client.readIdentityParts(parts.toSkip(IDENTITY_BLOCKS.map(partName), "secondary"));
  parts.note(round, "secondary", failures);
  if (round.answered.length === 0) return null;
  const nothing = Object.fromEntries(Object.keys(INVERTER_IDENTITY_FIELDS).map((key) => [key, null]));
  return { ...nothing, ...round.raw } as unknown as IdentityRaw;
}

/** Compares with what is remembered; a change is remembered, journaled and told, another machine is told only. */
function takeIdentity({ context, store }: Machine, at: number, now: IdentityRaw): IdentityVerdict {
  const { name } = context.config.inverter;
  const known = deviceFacts(store, name).identity as Readonly<Record<string, unknown>> | undefined;
  const verdict = judgeIdentity(known, now);
  if (context.dryRun || verdict.code === "same") return verdict;
  if (verdict.code !== "other_machine") {
    // What a part that is silent today told before stays known.
    const told = Object.fromEntries(Object.entries(now).filter(([, raw]) => raw !== null));
    rememberFacts(store, "inverter", name, { identity: { ...now, ...known, ...told } });
  }
  const code = verdict.code === "other_machine" ? "other_machine" : "firmware_changed";
  const isVersion = verdict.evidence.some(({ key }) => key.endsWith("_version"));
  if (verdict.code === "other_machine" || isVersion) {
    const isNews = store.write(() =>
      saveDeviceEvent(store, "inverter", name, { at, code, evidence: verdict.evidence }),
    );
    if (isNews) context.log.warn(code.replace("_", " "), evidenceFields(verdict));
  }
  return verdict;
}

function evidenceFields({ evidence }: IdentityVerdict): Record<string, string> {
  return Object.fromEntries(evidence.map(({ key, raw, expected }) => [key, `${expected} -> ${raw}`]));
}
