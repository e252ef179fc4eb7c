import type { Context } from "../cli/spec.ts";
import { dayPicture } from "../page/picture/day-picture.ts";
import { pageModel } from "../station/page-model.ts";
import type { Store } from "../store/database.ts";

/** The last 24 h as a PNG. */
export function stationPicture(context: Context, store: Store): Uint8Array {
  return dayPicture(pageModel(context, store));
}
