import type { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { deviceFacts, rememberFacts } from "../store/device-rows.ts";
import { dialectOf, silentRounds } from "../view/dialect.ts";
import { type IdentityVerdict, judgeIdentity } from "../view/identity.ts";
import type { JudgedBms } from "../view/judge-bms.ts";
import { Refused } from "../view/refusal.ts";
import type { BmsLine } from "./bms-line.ts";
import type { DeviceParts } from "./device-parts.ts";
import {
  acceptAdvice,
  acceptIdentity,
  type Device,
  forgetMachine,
  type Identity,
  knownIdentity,
  strangerSeen,
  takeIdentity,
} from "./known-identity.ts";

/** The BMS of one round. */
export interface BmsUnit {
  readonly context: Context;
  readonly store: Store;
  readonly client: Awaited<ReturnType<BmsLine["client"]>>;
  readonly unit: BmsConfig;
  readonly parts: DeviceParts;
  readonly failures: Failures;
}

function deviceOf({ context, store, unit }: BmsUnit): Device {
  return { context, store, kind: "bms", name: unit.name };
}

/**
 * Whether this is the BMS that we know, asked where there is a reason: its identity came with the sample, the sample contradicts what is
 * remembered, or another machine answered last. True when it is not quite the one of before. @throws Refused when another machine answers
 */
export async function settleBms(one: BmsUnit, judged: JudgedBms): Promise<boolean> {
  const { client, store, unit } = one;
  const stranger = strangerSeen(deviceOf(one));
  const came = client.knownSettings();
  const isOdd =
    judged.contradictions.length > 0 || judged.doubts.some(({ code }) => code === "fell" || code === "jump");
  const wasAway = silentRounds(deviceFacts(store, unit.name)) > 0;
  if (client.identityParts.length === 0) return false;
  if (came === null && stranger === null && !isOdd && !wasAway) return false;
  const now = came === null ? await askIdentity(one) : came.identity;
  const verdict = now && (await takeConfirmed(one, now));
  if (verdict === null && stranger !== null) throw new Refused(stranger, client.name, acceptAdvice("bms"));
  return verdict?.code === "changed" || judged.contradictions.length > 0;
}

/** Whether settings that were read apart are those of our device. Another machine is a failure of the round. */
export async function isOurs(one: BmsUnit, now: Identity): Promise<boolean> {
  const verdict = await one.failures.attempt(() => takeConfirmed(one, now));
  return verdict !== undefined && verdict !== null;
}

/** The owner's word that the BMS on the line is the right one. */
export async function acceptBms(one: BmsUnit): Promise<void> {
  const now = await askIdentity(one);
  const again = now && (await askIdentity(one));
  if (now && again && judgeIdentity(now, again).code === "same") acceptIdentity(deviceOf(one), again);
}

/** A difference is believed when a second reading tells the same; null = it did not. @throws Refused when another machine answers */
async function takeConfirmed(one: BmsUnit, now: Identity): Promise<IdentityVerdict | null> {
  const { code } = judgeIdentity(knownIdentity(deviceOf(one)), now);
  if (code === "changed" || code === "other_machine") {
    const again = await askIdentity(one);
    if (again === null || judgeIdentity(now, again).code !== "same") return null;
  }
  const verdict = takeIdentity(deviceOf(one), now);
  if (verdict.code !== "other_machine") return verdict;
  throw new Refused({ code: verdict.code, evidence: verdict.evidence }, one.client.name, acceptAdvice("bms"));
}

/** Who the device says that it is; null = it does not tell now. */
async function askIdentity({ client, parts, failures }: BmsUnit): Promise<Identity | null> {
  const other = client.settingParts.filter((part) => !client.identityParts.includes(part));
  const skip = [...other, ...parts.toSkip(client.identityParts, "secondary")];
  const round = await failures.attempt(() => client.readSettingParts(skip));
  if (round === undefined) return null;
  parts.note(round, "secondary", failures);
  return round.answered.length === 0 ? null : round.settings.identity;
}

/** A device that speaks another protocol than before is another one, or was set anew: what was known of the former is forgotten, and it is told. */
export function noteDialect({ context, store, client, unit }: BmsUnit, at: number): void {
  const before = dialectOf("auto", deviceFacts(store, unit.name).dialect);
  if (before === null || before === client.dialect || context.dryRun) return;
  forgetMachine({ context, store, kind: "bms", name: unit.name });
  const evidence = [{ key: "dialect", raw: client.dialect, expected: before }];
  store.write(() => saveDeviceEvent(store, "bms", unit.name, { at, code: "dialect_changed", evidence }));
}

/** Counts the rounds in which a device of a known protocol did not answer: after some it is looked for anew. */
export function noteSilence({ context, store, unit }: Pick<BmsUnit, "context" | "store" | "unit">): void {
  if (context.dryRun) return;
  rememberFacts(store, "bms", unit.name, { silent_rounds: silentRounds(deviceFacts(store, unit.name)) + 1 });
}
