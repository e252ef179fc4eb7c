/**
 * Key of a sample: its time and its device in one integer, which is the rowid. Rows come in the order of time whatever device they are of, so that
 * SQLite fills the pages to 97 % (a key of two columns: 88 %, 8 MB more a year and device). `at` and `device` are columns all the same,
 * computed from it; what is to be found fast asks for the key.
 */
import { StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";

/** Device row ids are below this. */
export const DEVICES_MOST = 1024;

/** SQL of the first key of a moment (UTC s). */
export function keyFrom(moment = "?"): string {
  return `(${moment}) * ${DEVICES_MOST}`;
}

function inSpan(device: string): string {
  return `device = ${device} AND id >= ${keyFrom()} AND id < ${keyFrom()}`;
}

/** SQL condition on a device row id and a time: from <= at < to, three parameters. */
export const OF_DEVICE_IN_SPAN = inSpan("?");

/** The same by the name of the device. */
export const OF_NAMED_IN_SPAN = inSpan("(SELECT id FROM devices WHERE name = ?)");

/** Key of a sample. @throws StateError when the file has known more devices than the key can tell apart */
export function sampleKey(at: number, device: number): number {
  if (device >= DEVICES_MOST) throw new StateError(failure("too_many_devices", { device, most: DEVICES_MOST - 1 }));
  return Math.floor(at) * DEVICES_MOST + device;
}
