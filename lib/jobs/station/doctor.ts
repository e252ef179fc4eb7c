import { reasonOf, StationError } from "../../base/errors.ts";
import { harmless } from "../../base/printable.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { onScreen } from "../../cli/terminal.ts";
import type { Store } from "../../store/database.ts";
import { type Check, fail } from "../../support/check.ts";
import { deviceChecks } from "../../support/device-checks.ts";
import { hostChecks } from "../../support/host-checks.ts";
import { networkChecks } from "../../support/network-checks.ts";
import { portChecks } from "../../support/port-checks.ts";
import { stateChecks } from "../../support/state-checks.ts";
import { paint } from "../../terminal/paint.ts";

/** Something is not well; each line of the report says what to do. */
class NotWell extends StationError {
  override readonly exitCode = 69;
}

/** `station doctor`: looks at everything once and says what to do about it. */
export async function stationDoctor(context: Context): Promise<Answer> {
  const checks: Check[] = [...hostChecks(context)];
  let store: Store | null = null;
  try {
    store = context.openStore({ readonly: true });
    checks.push(...stateChecks(context, store));
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    const hint = "let cron run the dump commands once: a damaged file is replaced by the last good backup";
    checks.push(fail("state file", reasonOf(error), hint));
  }
  checks.push(...(await portChecks(context)));
  if (context.options.probe !== false) checks.push(...(await deviceChecks(context, store)));
  checks.push(...(await networkChecks(context)));
  const count = (level: Check["level"]) => checks.filter((check) => check.level === level).length;
  const failed = count("fail");
  const summary = { ok: count("ok"), warn: count("warn"), fail: failed, skip: count("skip") };
  return {
    json: { summary, checks },
    text: (terminal) => doctorText(checks, terminal),
    always: true,
    ...(failed > 0 ? { failure: new NotWell(`${failed} of ${checks.length} checks failed`) } : {}),
  };
}

/** Width of a mark and what parts it from the name. */
const MARK = 6;

function doctorText(checks: readonly Check[], terminal: boolean): string {
  const p = paint(terminal);
  const marks = { ok: p.good("ok  "), warn: p.warn("warn"), fail: p.bad("FAIL"), skip: p.dim("–   ") };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const margin = MARK + width + 2;
  return checks
    .flatMap(({ name, level, text, hint }) => {
      const line = onScreen([`${marks[level]}  ${name.padEnd(width)}  ${harmless(text)}`], margin);
      return hint === null ? [line] : [line, onScreen([`${" ".repeat(margin)}→ ${harmless(hint)}`], margin + 2)];
    })
    .join("\n");
}
