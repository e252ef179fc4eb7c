import { failureOf, StateDamaged, StationError } from "../../base/errors.ts";
import { said } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { speechOfStation } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { type Check, fail } from "../../support/check.ts";
import { deviceChecks } from "../../support/device-checks.ts";
import { hostChecks } from "../../support/host-checks.ts";
import { networkChecks } from "../../support/network-checks.ts";
import { portChecks } from "../../support/port-checks.ts";
import { stateChecks } from "../../support/state-checks.ts";
import { doctorText, tellCheck } from "./doctor-text.ts";

/** Something is not well; each line of the report says what to do. */
class NotWell extends StationError {
  override readonly exitCode = 69;
}

/** `station doctor`: looks at everything once and says what to do about it, in the station's language. */
export async function stationDoctor(context: Context): Promise<Answer> {
  const speech = speechOfStation(context);
  const checks = (await allChecks(context)).map((check) => tellCheck(check, speech));
  const count = (level: Check["level"]) => checks.filter((check) => check.level === level).length;
  const failed = count("fail");
  const summary = { ok: count("ok"), warn: count("warn"), fail: failed, skip: count("skip") };
  return {
    json: { summary, checks: checks.map(({ title: _, ...check }) => check) },
    text: (terminal) => doctorText(checks, speech, terminal),
    always: true,
    ...(failed > 0 ? { failure: new NotWell(said(speech.doctor.failed(failed, checks.length))) } : {}),
  };
}

async function allChecks(context: Context): Promise<Check[]> {
  const [store, stored] = lookIntoState(context);
  return [
    ...hostChecks(context),
    ...stored,
    ...portChecks(context),
    ...(context.options.probe === false ? [] : await deviceChecks(context, store)),
    ...(await networkChecks(context)),
  ];
}

function lookIntoState(context: Context): readonly [Store | null, readonly Check[]] {
  let store: Store | null = null;
  try {
    store = context.openStore({ readonly: true });
    return [store, stateChecks(context, store)];
  } catch (error) {
    if (error instanceof StateDamaged) {
      const { path, damage } = error;
      return [store, [fail("state_file", "state_file_lost", { path, damage })]];
    }
    if (!(error instanceof StationError)) throw error;
    return [store, [fail("state_file", "state_file_unusable", { reason: failureOf(error) })]];
  }
}
