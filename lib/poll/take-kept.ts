import type { Context } from "../cli/spec.ts";
import type { BmsAnswer } from "../devices/bms/sample.ts";
import { STATUS_FIELDS, type StatusRaw, sampleOf } from "../devices/inverter/sample.ts";
import { outsideFolders, writtenOutside } from "../station/outside-memory.ts";
import type { Store } from "../store/database.ts";
import type { DeviceKind } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { type KeptSample, keepForLater, takeKept } from "../store/kept-samples.ts";
import { saveBmsSample, saveInverterSample, saveRejected } from "../store/samples.ts";
import { bmsContext, inverterContext } from "../store/view.ts";
import type { Evidence, Refusal } from "../view/doubt.ts";
import { judgeIdentity } from "../view/identity.ts";
import { judgeBms } from "../view/judge-bms.ts";
import { judgeInverter } from "../view/judge-inverter.ts";
import type { Device } from "./device.ts";
import { strangerSeen } from "./identity.ts";

/** Keeps what a device answered while the state file cannot be used; it is judged when it is taken in. */
export function keepAnswer(context: Context, device: string, answer: StatusRaw | BmsAnswer): void {
  const kept = { at: context.clock.now(), sample: answer };
  writtenOutside(context, (folder) => keepForLater(folder, device, kept));
}

/** Judges and stores what runs before could only keep beside the state file. */
export function takeKeptSamples({ context, store, kind, name }: Device): void {
  if (context.dryRun) return;
  const count = takeKept(store, outsideFolders(context), name, (kept) => takeAnswer(store, kind, name, kept));
  if (count > 0) context.log.info("stored samples of runs that could not", { device: name, samples: count });
}

/** Judges and stores what a device answered at a moment that is past; inside write. False = it was refused as a whole. */
export function takeAnswer(
  store: Store,
  kind: DeviceKind,
  device: string,
  { at, sample: answer }: KeptSample,
): boolean {
  const one = kind === "inverter" ? judgedStatus(store, device, at, answer) : judgedPack(store, device, at, answer);
  const refused = one.refusal ?? otherMachine(store, device, one.contradictions);
  if (refused) saveRejected(store, kind, device, at, refused, one.told);
  else {
    one.save();
    saveDoubts(store, kind, device, at, one.doubts);
  }
  return refused === null;
}

function judgedStatus(store: Store, name: string, at: number, answer: unknown) {
  // An earlier edition kept the rows of the sample alone.
  const { raw: rows = answer } = answer as { readonly raw?: unknown };
  const nothing = Object.fromEntries(Object.keys(STATUS_FIELDS).map((key) => [key, null]));
  const told = { ...nothing, ...(rows as object) } as unknown as StatusRaw;
  const judged = judgeInverter(told, inverterContext(store, name, at));
  return { ...judged, told, save: () => saveInverterSample(store, name, at, { raw: sampleOf(judged.raw) }) };
}

function judgedPack(store: Store, name: string, at: number, told: unknown) {
  const judged = judgeBms(told as BmsAnswer, bmsContext(store, name, at));
  // What contradicts here is the number of cells, which another pack of the same board may have.
  return { ...judged, contradictions: [], told, save: () => saveBmsSample(store, name, at, judged.sample) };
}

/** Nobody can be asked any more who that was: what contradicts the identity, or what is known to have answered in its place, decides. */
function otherMachine(store: Store, name: string, contradictions: readonly Evidence[]): Refusal | null {
  const seen = strangerSeen(store, name);
  if (seen !== null) return seen;
  const told = (of: "raw" | "expected") => Object.fromEntries(contradictions.map((one) => [one.key, one[of]]));
  const { code, evidence } = judgeIdentity(told("expected"), told("raw"));
  return code === "other_machine" ? { code, evidence } : null;
}
