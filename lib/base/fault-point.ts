/**
 * Kills this process at once, as a power cut does, when SOLAR_STATION_FAULT_POINT names this point; otherwise nothing. Tests
 * rehearse crashes with it.
 */
export function faultPoint(name: string): void {
  if (process.env.SOLAR_STATION_FAULT_POINT === name) process.kill(process.pid, "SIGKILL");
}
