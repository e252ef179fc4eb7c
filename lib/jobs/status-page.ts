import { join } from "node:path";
import type { Answer, Context } from "../cli/spec.ts";
import { devicesOf } from "../page/model.ts";
import { renderPage } from "../page/page.ts";
import { writeAtomically } from "./atomic-file.ts";
import { pageModel } from "./station/page-model.ts";

/** `status-page`: renders the page from the state file and replaces the file of the web server. */
export async function statusPage(context: Context): Promise<Answer> {
  const { config, options, log, dryRun } = context;
  const path = String(options.output ?? config.page.file ?? join(config.station.state_dir, "www", "index.html"));
  // Opened for writing, since the run's own row goes there too, and so that the very first page can come before the first sample.
  const model = pageModel(context, context.openStore());
  const page = renderPage(model);
  const bytes = Buffer.byteLength(page);
  if (path === "-") context.print(page);
  else if (!dryRun) writeAtomically(path, page);
  log.info("written", { path, bytes });
  const devices = devicesOf(model);
  return {
    json: {
      path,
      bytes,
      written: !dryRun,
      devices: devices.map(({ name, last_at }) => ({ name, age_s: last_at === null ? null : model.now - last_at })),
    },
    text: () => (path === "-" ? "" : `${path} (${bytes} bytes)`),
  };
}
