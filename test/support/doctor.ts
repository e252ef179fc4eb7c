import type { Context } from "../../lib/cli/spec.ts";
import { type ToldCheck, tellCheck } from "../../lib/jobs/station/doctor-text.ts";
import { speechOfStation } from "../../lib/station/voice.ts";
import type { Check } from "../../lib/support/check.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

/** Checks as the station's owner reads them, with plain spaces. */
export function told(context: Context, checks: readonly Check[]): ToldCheck[] {
  const speech = speechOfStation(context);
  return checks
    .map((check) => tellCheck(check, speech))
    .map((check) => ({ ...check, text: plain(check.text), hint: check.hint === null ? null : plain(check.hint) }));
}
