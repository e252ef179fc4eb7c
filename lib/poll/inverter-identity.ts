import type { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import { type IdentityRaw, INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";
import type { Doubt } from "../view/doubt.ts";
import { judgeIdentity } from "../view/identity.ts";
import type { JudgedInverter } from "../view/judge-inverter.ts";
import { Refused } from "../view/refusal.ts";
import type { DeviceParts } from "./device-parts.ts";
import {
  acceptAdvice,
  acceptIdentity,
  type Device,
  knownIdentity,
  strangerSeen,
  takeIdentity,
} from "./known-identity.ts";

/** The inverter of one round: who it is, and who it was. */
export interface Machine {
  readonly context: Context;
  readonly unit: InverterConfig;
  readonly client: InverterClient;
  readonly store: Store;
  readonly parts: DeviceParts;
  readonly failures: Failures;
}

/** The inverter as a device of the station. */
function deviceOf({ context, store, unit }: Machine): Device {
  return { context, store, kind: "inverter", name: unit.name };
}

/** What settling an identity came to. */
export interface SettledInverter {
  readonly judged: JudgedInverter;
  /** The machine is not quite the one of before: what is remembered of it is asked again. */
  readonly isChanged: boolean;
}

/** A status that contradicts the remembered identity: the machine is asked again, twice, before anything is believed. */
export async function settleIdentity(machine: Machine, judged: JudgedInverter): Promise<SettledInverter> {
  const stranger = strangerSeen(deviceOf(machine));
  const same = { judged, isChanged: false };
  if (judged.refusal !== null || (judged.contradictions.length === 0 && stranger === null)) return same;
  const now = await machine.failures.attempt(() => confirmedIdentity(machine));
  const verdict = now ? takeIdentity(deviceOf(machine), now) : null;
  if (verdict === null && stranger !== null) return { judged: { ...judged, refusal: stranger }, isChanged: false };
  if (verdict?.code === "other_machine") {
    return { judged: { ...judged, refusal: { code: "other_machine", evidence: verdict.evidence } }, isChanged: false };
  }
  if (verdict?.code === "changed") return { judged, isChanged: true };
  // Not answered, or two readings that differ: the values stand for themselves, the constant is doubted.
  const doubts = judged.contradictions.map(
    ({ key, raw, expected }): Doubt => ({
      ...{ key: `${key}_copy`, code: "contradicts", raw, twin: key },
      ...{ twin_value: typeof expected === "number" ? expected : null },
    }),
  );
  return { judged: { ...judged, doubts: [...judged.doubts, ...doubts] }, isChanged: false };
}

/** The identity is read at first contact and then once a day. */
const IDENTITY_EVERY_S = 86_400;

/** Reads the identity when it is due. @throws Refused when another machine answers */
export async function refreshIdentity(machine: Machine): Promise<void> {
  const { context, store } = machine;
  const { name, port } = machine.unit;
  const { identity_at } = deviceFacts(store, name);
  const isKnown = knownIdentity(deviceOf(machine)) !== null;
  const at = context.clock.now();
  const age = typeof identity_at === "number" ? at - identity_at : Number.POSITIVE_INFINITY;
  if (isKnown && age >= 0 && age < IDENTITY_EVERY_S) return;
  const now = isKnown ? await confirmedIdentity(machine) : await readParts(machine);
  if (now === null || context.dryRun) return;
  const { code, evidence } = takeIdentity(deviceOf(machine), now);
  rememberFacts(store, "inverter", name, { identity_at: at });
  if (code === "other_machine") throw new Refused({ code, evidence }, port, acceptAdvice("inverter"));
}

/** The owner's word that the machine on the line is the right one. */
export async function acceptMachine(machine: Machine): Promise<void> {
  const now = await machine.failures.attempt(() => confirmedIdentity(machine));
  if (now) acceptIdentity(deviceOf(machine), now);
}

/** The identity when two readings agree, else null. */
async function confirmedIdentity(machine: Machine): Promise<IdentityRaw | null> {
  const one = await readParts(machine);
  const other = await readParts(machine);
  if (one === null || other === null) return null;
  return judgeIdentity(one, other).code === "same" ? other : null;
}

/** The identity as far as the machine tells it; null when it told nothing. */
async function readParts({ client, parts, failures }: Machine): Promise<IdentityRaw | null> {
  const round = await client.readIdentityParts(parts.toSkip(client.identityParts, "secondary"));
  parts.note(round, "secondary", failures);
  if (round.answered.length === 0) return null;
  const nothing = Object.fromEntries(Object.keys(INVERTER_IDENTITY_FIELDS).map((key) => [key, null]));
  return { ...nothing, ...round.raw } as unknown as IdentityRaw;
}
