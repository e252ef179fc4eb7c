import { UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { onScreen } from "../../cli/terminal.ts";
import { type DecidedRow, inputOf } from "../../judge/decided-again.ts";
import { hereOf } from "../../station/here.ts";
import { decisionSentence } from "../../station/stored-judgement.ts";
import { speechOfStation } from "../../station/voice.ts";
import { decisionAt, latestDecision } from "../../store/decisions.ts";
import { explainDecision } from "../../terminal/why-text.ts";
import { parseMoment } from "../../view/time-span.ts";

/** `batmon --why [TIME]`: the decision that held then, rule by rule, with the distance to the other choice. */
export async function why(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const { why: given } = context.options;
  const at = typeof given === "string" ? parseMoment(given, hereOf(context)) : null;
  const row: DecidedRow | null = at === null ? latestDecision(store) : decisionAt(store, at);
  if (row === null) {
    throw new UsageError(
      at === null ? failure("no_decision_yet") : failure("no_decision_from", { moment: String(given) }),
    );
  }
  return {
    json: { decision: row.record.decision, input: inputOf(context.config, store, row) },
    text: () =>
      onScreen([
        decisionSentence(context, row.record.decision),
        "",
        ...explainDecision(row.record.decision, speechOfStation(context), {
          rules: true,
          time_zone: context.config.station.time_zone,
        }),
      ]),
    always: true,
  };
}
