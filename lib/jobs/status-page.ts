import { existsSync, lstatSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { isInMemory } from "../base/memory-folder.ts";
import type { Answer, Context } from "../cli/spec.ts";
import { pageFile } from "../config/paths.ts";
import { devicesOf } from "../page/model.ts";
import { renderPage } from "../page/page.ts";
import { mustRenew } from "../page/renewal.ts";
import { pageModel } from "../station/page-model.ts";
import { writeAtomically } from "../store/atomic-file.ts";
import { growArchive, newestPages, openArchive } from "./past-pages.ts";

/** No page of ours is larger. */
const MOST_BYTES = 1_000_000;

/** `status-page`: renders the page from the state file and replaces the file of the web server when it has something new to say. */
export async function statusPage(context: Context): Promise<Answer> {
  const { options, log, dryRun } = context;
  const path = String(options.output ?? pageFile(context.config));
  // Opened for writing, since the run's own row goes there too, and so that the very first page can come before the first sample.
  const store = context.openStore();
  const archive = path === "-" ? null : openArchive(context, store, path);
  const every_s = path === "-" || isInMemory(dirname(path)) ? 0 : context.config.page.disk_every_s;
  const model = pageModel(context, store, archive === null ? [] : newestPages(context, archive), every_s);
  const page = renderPage(model);
  const bytes = Buffer.byteLength(page);
  if (path === "-") context.print(page);
  const isWritten = path !== "-" && !dryRun && mustRenew(standingPage(path), page, model.now, every_s);
  if (isWritten) replacePage(path, page);
  const made = archive === null || dryRun ? [] : growArchive(context, store, archive);
  for (const past of made) log.info("written", { path: past });
  log.info(isWritten ? "written" : "left as it is", { path, bytes });
  const devices = devicesOf(model);
  return {
    json: {
      path,
      bytes,
      written: isWritten || (path === "-" && !dryRun),
      devices: devices.map(({ name, last_at }) => ({ name, age_s: last_at === null ? null : model.now - last_at })),
    },
    text: () => (path === "-" ? "" : `${path} (${bytes} bytes)`),
  };
}

/** What the web server shows now; "" for whatever is no file of our own: in a folder of others it may be anything. */
function standingPage(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const isOurs = found?.isFile() && found.uid === process.geteuid?.() && found.size < MOST_BYTES;
  return isOurs ? readFileSync(path, "utf8") : "";
}

/** @throws StateError naming the file, or the folder that is missing and how it comes to be there at every start */
function replacePage(path: string, page: string): void {
  const folder = dirname(path);
  try {
    writeAtomically(path, page);
  } catch (error) {
    if (!(error instanceof StateError) || !folder.startsWith("/run/") || existsSync(folder)) throw error;
    throw new StateError(failure("page_folder_missing", { folder }), { cause: error });
  }
}
