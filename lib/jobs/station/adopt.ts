import { actAsOwner } from "../../cli/act-as-owner.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import type { Config } from "../../config/schema.ts";
import { findOriginals, limitsOf, lineFiles } from "../../export/original/scripts.ts";
import { compare } from "../../judge/shadow-run.ts";
import { adoptText } from "../../setup/adopt-text.ts";
import { type FileReport, importLines, openLines } from "../../setup/import-lines.ts";
import { stillRunning } from "../../setup/still-running.ts";
import { switchBack, switchOver } from "../../setup/switch-over.ts";
import { takenOver } from "../../setup/taken-over.ts";

/**
 * `station adopt`: what is there of the original's station, its lines taken into the history, what still runs, and what ours would have
 * done meanwhile. It changes nothing of the original's; --switch does, and --back undoes that.
 */
export async function stationAdopt(context: Context): Promise<Answer> {
  const root = (context.options.root as string | undefined) ?? "/";
  const originals = findOriginals(root);
  if (context.options.back === true) return switchBack(context, root);
  const running = stillRunning(root, portsIn(context.config));
  if (context.options.switch === true) return switchOver(context, originals, running);
  // Opened as root, who may read them; stored as the station's own user.
  const files = context.dryRun ? [] : lineFiles(root, context.args).map(openLines);
  actAsOwner(context.config.station.state_dir);
  const config = ownClock(context);
  const reports = await importAll(context, config, files);
  const shadow = context.dryRun ? null : compare(context, config, limitsOf(originals));
  const taken = takenOver(originals);
  return {
    json: { originals: { ...originals, constants: taken }, files: reports, running, shadow },
    text: () => adoptText({ context, config, originals, taken, reports, running, shadow }),
    always: true,
  };
}

/** Before there is a configuration, times are those of this computer, as the original wrote them. */
function ownClock(context: Context): Config {
  const { config, configPath } = context;
  if (configPath !== null) return config;
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { ...config, station: { ...config.station, time_zone } };
}

function portsIn({ inverter, more_inverters, bms }: Config): string[] {
  return [inverter, ...more_inverters, ...bms].map(({ port }) => port).filter((port) => port.startsWith("/"));
}

async function importAll(
  context: Context,
  config: Config,
  files: readonly ReturnType<typeof openLines>[],
): Promise<readonly FileReport[]> {
  if (files.length === 0) return [];
  const devices = { bms: config.bms[0]?.name ?? "bms", inverter: config.inverter.name };
  const into = { store: context.openStore(), devices, time_zone: config.station.time_zone };
  const reports: FileReport[] = [];
  for (const file of files) {
    context.log.info("reading", { file: file.path });
    reports.push(await importLines(into, file));
  }
  return reports;
}
