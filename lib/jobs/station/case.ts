import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadCommand, UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { speechOfStation } from "../../station/voice.ts";
import { writeAtomically } from "../../store/atomic-file.ts";
import { readCase } from "../../support/case-file.ts";
import { caseContents, gatherCase } from "../../support/make-case.ts";
import { type Replayed, replayCase } from "../../support/replay-case.ts";
import type { Speech } from "../../words/index.ts";

/** `station case`: everything that is needed to see the same elsewhere, listed, and with --output written. */
export async function stationCase(context: Context): Promise<Answer> {
  const output = context.options.output as string | undefined;
  if (output !== undefined && existsSync(output)) {
    throw new UsageError(failure("file_is_there", { path: output }));
  }
  const made = await gatherCase(context);
  const text = `${JSON.stringify(made, null, 1)}\n`;
  const isWritten = output !== undefined && !context.dryRun;
  // Read by whoever gets it; until then it is the owner's.
  if (isWritten) writeAtomically(output, text, { mode: 0o600 });
  const { case: words } = speechOfStation(context).answers;
  const last = isWritten ? words.written(output) : words.not_written;
  return {
    json: { ...made, written: isWritten ? output : null },
    text: () =>
      [...caseContents(words, made, { bytes: text.length, time_zone: context.config.station.time_zone }), last].join(
        "\n",
      ),
    always: true,
  };
}

/** `station case run FILE`: traces against the simulator, decisions by the rules of this program; says what is the same and what not. */
export async function runCase(context: Context): Promise<Answer> {
  const path = context.args[0] ?? "";
  const given = readCase(path);
  const folder = mkdtempSync(join(tmpdir(), "solar-station-case-"));
  try {
    const { case: words } = speechOfStation(context).answers;
    const replayed = await replayCase(given, folder, words);
    const wrong = replayed.filter(({ same }) => same === false).length;
    return {
      json: { case: path, replayed },
      text: () => replayed.flatMap((one) => lineOf(one, words)).join("\n") || words.empty,
      always: true,
      ...(wrong > 0 ? { failure: new BadCommand(failure("case_differs", { wrong, all: replayed.length, path })) } : {}),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineOf({ what, same, differs }: Replayed, { marks }: Speech["answers"]["case"]): string[] {
  const width = Math.max(...Object.values(marks).map(({ length }) => length));
  const mark = same === null ? marks.skipped : same ? marks.same : marks.else;
  return [`${mark.padEnd(width)}  ${what}`, ...differs.map((line) => " ".repeat(width + 4) + line)];
}
