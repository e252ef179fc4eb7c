/** Every step of an order at which a crash is rehearsed, in the order in which an order passes them. */
export const FAULT_POINTS = [
  "before_claim",
  "claimed",
  "before_import",
  "imported",
  "before_read",
  "present_read",
  "marked_sending",
  "attempt_counted",
  "written",
  "read_back",
  "finished",
  "logged",
  "claim_settled",
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Kills this process at once, as a power cut does, when SOLAR_STATION_FAULT_POINT names this point; otherwise nothing. */
export function faultPoint(name: FaultPoint): void {
  if (process.env.SOLAR_STATION_FAULT_POINT === name) process.kill(process.pid, "SIGKILL");
}
