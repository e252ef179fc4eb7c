import type { Context } from "../cli/spec.ts";
import type { BmsAnswer } from "../devices/bms/sample.ts";
import { STATUS_FIELDS, type StatusRaw, sampleOf } from "../devices/inverter/sample.ts";
import { outsideFolders, writtenOutside } from "../station/outside-memory.ts";
import type { Store } from "../store/database.ts";
import { saveDoubts } from "../store/doubts.ts";
import { type KeptSample, keepForLater, takeKept } from "../store/kept-samples.ts";
import { saveBmsSample, saveInverterSample, saveRejected } from "../store/samples.ts";
import { bmsContext, inverterContext } from "../store/view.ts";
import type { Evidence, Refusal } from "../view/doubt.ts";
import { judgeIdentity } from "../view/identity.ts";
import { judgeBms } from "../view/judge-bms.ts";
import { judgeInverter } from "../view/judge-inverter.ts";
import { strangerSeen } from "./known-identity.ts";

/** Keeps what a device answered while the state file cannot be used; it is judged when it is taken in. */
export function keepAnswer(context: Context, device: string, answer: StatusRaw | BmsAnswer): void {
  const kept = { at: context.clock.now(), sample: answer };
  writtenOutside(context, (folder) => keepForLater(folder, device, kept));
}

/** Judges and stores what runs before could only keep beside the state file. */
export function takeKeptSamples(context: Context, store: Store, kind: "inverter" | "bms", device: string): void {
  if (context.dryRun) return;
  const count = takeKept(store, outsideFolders(context), device, (kept) => takeAnswer(store, kind, device, kept));
  if (count > 0) context.log.info("stored samples of runs that could not", { device, samples: count });
}

/** Judges and stores what a device answered at a moment that is past; inside write. False = it was refused as a whole. */
export function takeAnswer(store: Store, kind: "inverter" | "bms", device: string, kept: KeptSample): boolean {
  return kind === "inverter" ? takeStatus(store, device, kept) : takePack(store, device, kept);
}

function takeStatus(store: Store, name: string, { at, sample }: KeptSample): boolean {
  // An earlier edition kept the rows of the sample alone.
  const { raw: rows = sample } = sample as { readonly raw?: unknown };
  const nothing = Object.fromEntries(Object.keys(STATUS_FIELDS).map((key) => [key, null]));
  const status = { ...nothing, ...(rows as object) } as unknown as StatusRaw;
  const { raw, doubts, refusal, contradictions } = judgeInverter(status, inverterContext(store, name, at));
  const refused = refusal ?? otherMachine(store, name, contradictions);
  if (refused) saveRejected(store, "inverter", name, at, refused, status);
  else {
    saveInverterSample(store, name, at, { raw: sampleOf(raw) });
    saveDoubts(store, "inverter", name, at, doubts);
  }
  return refused === null;
}

function takePack(store: Store, name: string, { at, sample: answer }: KeptSample): boolean {
  const { sample, doubts, refusal } = judgeBms(answer as BmsAnswer, bmsContext(store, name, at));
  const refused = refusal ?? otherMachine(store, name, []);
  if (refused) saveRejected(store, "bms", name, at, refused, answer);
  else {
    saveBmsSample(store, name, at, sample);
    saveDoubts(store, "bms", name, at, doubts);
  }
  return refused === null;
}

/** Nobody can be asked any more who that was: what contradicts the identity, or what is known to have answered in its place, decides. */
function otherMachine(store: Store, name: string, contradictions: readonly Evidence[]): Refusal | null {
  const seen = strangerSeen({ store, name });
  if (seen !== null) return seen;
  const told = (of: "raw" | "expected") => Object.fromEntries(contradictions.map((one) => [one.key, one[of]]));
  const { code, evidence } = judgeIdentity(told("expected"), told("raw"));
  return code === "other_machine" ? { code, evidence } : null;
}
