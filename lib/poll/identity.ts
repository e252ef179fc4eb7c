/** Who a device is: compared with what is remembered, for every kind of device alike. */
import { type Failure, failure } from "../base/failure/failure.ts";
import type { Raw } from "../codec/table.ts";
import { POLLS } from "../devices/index.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { type DeviceKind, deviceFacts, rememberFacts } from "../store/device-rows.ts";
import { forgetSettings } from "../store/setting-rows.ts";
import type { Evidence, Refusal } from "../view/doubt.ts";
import { type IdentityVerdict, judgeIdentity } from "../view/identity.ts";
import type { Device } from "./device.ts";

/** Rows of an identity as scaled integers and texts; null = not told. */
export type Identity = Readonly<Record<string, Raw>>;
/** Asks a device who it is; null = it does not tell now. */
export type AskIdentity = () => Promise<Identity | null>;

/** Facts of a device that are true of one machine, and nothing about its successor. */
const OF_ONE_MACHINE = {
  ...{ identity: null, identity_at: null, stranger: null, parts: null },
  ...{ battery_class: null, rated_power: null, ratings: null },
  ...{ cell_count: null, cell_count_told: null, protocol_version: null, probes_seen: null },
} as const;

/** What the owner does with a machine that was exchanged on purpose. */
export function acceptAdvice(kind: DeviceKind): Failure {
  return failure("accept_machine", { command: POLLS[kind] });
}

/** The identity as remembered; null = nothing is. */
export function knownIdentity({ store, name }: Pick<Device, "store" | "name">): Identity | null {
  const { identity } = deviceFacts(store, name);
  return typeof identity === "object" ? (identity as Identity | null) : null;
}

/** What speaks against the machine that answered last, when it was not ours; null = nothing. It is asked again before it is believed. */
export function strangerSeen(store: Store, name: string): Refusal | null {
  const { stranger } = deviceFacts(store, name);
  return Array.isArray(stranger) ? { code: "other_machine", evidence: stranger as Evidence[] } : null;
}

/** Who answers: null where nobody tells, or two readings differ. */
export interface Answering {
  readonly verdict: IdentityVerdict | null;
  /** It is not ours, or was not when it was last asked. */
  readonly refusal: Refusal | null;
}

/** Takes what a device tells of itself. A difference is believed when a second reading tells the same. */
export async function whoAnswers(device: Device, now: Identity | null, ask: AskIdentity): Promise<Answering> {
  const stranger = strangerSeen(device.store, device.name);
  const verdict = now && (await takeConfirmed(device, now, ask));
  if (verdict === null) return { verdict, refusal: stranger };
  const { code, evidence } = verdict;
  return { verdict, refusal: code === "other_machine" ? { code, evidence } : null };
}

async function takeConfirmed(device: Device, now: Identity, ask: AskIdentity): Promise<IdentityVerdict | null> {
  const { code } = judgeIdentity(knownIdentity(device), now);
  if (code === "changed" || code === "other_machine") {
    const again = await ask();
    if (again === null || judgeIdentity(now, again).code !== "same") return null;
  }
  return takeIdentity(device, now);
}

/** Takes a confirmed identity: a change is remembered, journaled and told, another machine is journaled and told only. */
function takeIdentity(device: Device, now: Identity): IdentityVerdict {
  const { context, store, kind, name } = device;
  const known = knownIdentity(device);
  const verdict = judgeIdentity(known, now);
  if (context.dryRun) return verdict;
  const { code, evidence } = verdict;
  const isOther = code === "other_machine";
  // What a part that is silent today told before stays known.
  const told = Object.fromEntries(Object.entries(now).filter(([, raw]) => raw !== null));
  rememberFacts(
    store,
    kind,
    name,
    isOther ? { stranger: evidence } : { stranger: null, identity: { ...now, ...known, ...told } },
  );
  if (!isOther && !evidence.some(({ key }) => key.endsWith("_version"))) return verdict;
  const at = context.clock.now();
  const event = { at, code: isOther ? "other_machine" : "firmware_changed", evidence } as const;
  const isNews = store.write(() => saveDeviceEvent(store, kind, name, event));
  if (isNews) context.log.warn(event.code.replace("_", " "), { device: name, ...evidenceFields(evidence) });
  return verdict;
}

/**
 * The owner's word that the machine on the line is the right one, when two readings agree: who it is, is remembered anew, and what was
 * known of the former is not.
 */
export async function acceptMachine(device: Device, ask: AskIdentity): Promise<void> {
  const one = await ask();
  const now = one && (await ask());
  if (one === null || now === null || judgeIdentity(one, now).code !== "same") return;
  const { context, store, kind, name } = device;
  const { code, evidence } = judgeIdentity(knownIdentity(device), now);
  if (context.dryRun || code === "same") return;
  const at = context.clock.now();
  if (code === "other_machine") forgetMachine(device);
  rememberFacts(store, kind, name, { identity: now, identity_at: at, stranger: null });
  store.write(() => saveDeviceEvent(store, kind, name, { at, code: "machine_accepted", evidence }));
  store.flush();
}

/** Forgets what was true of the former machine; from here on counters and settings are those of another one. */
export function forgetMachine({ context, store, kind, name }: Device): void {
  rememberFacts(store, kind, name, { ...OF_ONE_MACHINE, machine_since: context.clock.now() });
  store.write(() => forgetSettings(store, kind, name));
  store.flush();
}

function evidenceFields(evidence: readonly Evidence[]): Record<string, string> {
  return Object.fromEntries(evidence.map(({ key, raw, expected }) => [key, `${expected} -> ${raw}`]));
}
