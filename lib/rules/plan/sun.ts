/** Shape of a clear day: what panels facing the equator give by declination and hour angle, as a share of their best. */

const RADIANS = Math.PI / 180;
/** Roof of a typical plant; what differs is learned as a factor by time of day. */
const TILT = 35 * RADIANS;
/** W/m² on the panels of the clearest noon of the year. */
const BEST = 1010;
/** Steepest declination, degrees. */
const OBLIQUITY = 23.45;

/** Declination of the sun in degrees on a day of the year. */
export function declination(dayOfYear: number): number {
  return OBLIQUITY * Math.sin((2 * Math.PI * (284 + dayOfYear)) / 365);
}

/** Day of the year (1 = 1 January) of a moment, UTC. */
export function dayOfYear(at: number): number {
  const year = new Date(at * 1000).getUTCFullYear();
  return Math.floor((at - Date.UTC(year, 0, 1) / 1000) / 86_400) + 1;
}

function plane(declinationDegrees: number, hours: number, latitudeDegrees: number): number {
  const delta = declinationDegrees * RADIANS;
  const latitude = latitudeDegrees * RADIANS;
  const angle = 15 * RADIANS * hours;
  const sine = Math.sin(latitude) * Math.sin(delta) + Math.cos(latitude) * Math.cos(delta) * Math.cos(angle);
  if (sine <= 0.01) return 0;
  const elevation = Math.asin(sine) / RADIANS;
  const airMass = 1 / (sine + 0.50572 * (elevation + 6.07995) ** -1.6364);
  const beam = 1353 * 0.7 ** (airMass ** 0.678);
  const incidence =
    Math.sin(delta) * Math.sin(latitude - TILT) + Math.cos(delta) * Math.cos(latitude - TILT) * Math.cos(angle);
  const irradiance = beam * Math.max(0, incidence) + (0.1 * beam * (1 + Math.cos(TILT))) / 2;
  // Panels in less sun are cooler: 0.03 K for each W/m², 0.4 % for each K.
  return irradiance * (1 - 0.004 * 0.03 * (irradiance - BEST));
}

/**
 * Share of the array's best power under a clear sky, 0 … about 1. `hours` = hours after solar noon. Latitude in degrees, south is
 * negative.
 */
export function clearShape(declinationDegrees: number, hours: number, latitude: number): number {
  const south = latitude < 0;
  return plane(south ? -declinationDegrees : declinationDegrees, hours, Math.abs(latitude)) / BEST;
}
