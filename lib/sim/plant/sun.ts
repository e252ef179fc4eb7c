/** Sun and PV array: available power by day of the year and minute of the local solar day. */

const RADIANS = Math.PI / 180;
const LATITUDE = 45 * RADIANS;
const TILT = 35 * RADIANS;
/** W, yearly maximum of the owner's array under a clear sky. */
const ARRAY_MAX = 1300;
/** Tracking and conversion to the battery bus. */
export const MPPT_EFFICIENCY = 0.975;

/** Air temperature in °C. */
export function airTemperature(dayOfYear: number, hour: number): number {
  return 12 - 13 * Math.cos((2 * Math.PI * (dayOfYear - 15)) / 365) + 4 * Math.cos((2 * Math.PI * (hour - 15)) / 24);
}

/** Clear-sky irradiance on the tilted plane, W/m². */
export function planeIrradiance(dayOfYear: number, hour: number): number {
  const declination = 23.45 * RADIANS * Math.sin((2 * Math.PI * (284 + dayOfYear)) / 365);
  const hourAngle = 15 * RADIANS * (hour - 12);
  const sinElevation =
    Math.sin(LATITUDE) * Math.sin(declination) + Math.cos(LATITUDE) * Math.cos(declination) * Math.cos(hourAngle);
  if (sinElevation <= 0.01) return 0;
  const elevation = Math.asin(sinElevation) / RADIANS;
  const airMass = 1 / (sinElevation + 0.50572 * (elevation + 6.07995) ** -1.6364);
  const beam = 1353 * 0.7 ** (airMass ** 0.678);
  const incidence =
    Math.sin(declination) * Math.sin(LATITUDE - TILT) +
    Math.cos(declination) * Math.cos(LATITUDE - TILT) * Math.cos(hourAngle);
  return beam * Math.max(0, incidence) + (0.1 * beam * (1 + Math.cos(TILT))) / 2;
}

function rawPower(dayOfYear: number, hour: number, transmittance: number): number {
  const irradiance = transmittance * planeIrradiance(dayOfYear, hour);
  const cellTemperature = airTemperature(dayOfYear, hour) + 0.03 * irradiance;
  return (irradiance / 1000) * (1 - 0.004 * (cellTemperature - 25));
}

/** W per unit of raw power, such that the clearest noon of the year gives ARRAY_MAX. */
export const ARRAY_SCALE: number = (() => {
  let highest = 0;
  for (let day = 1; day <= 365; day += 1) highest = Math.max(highest, rawPower(day, 12, 1));
  return ARRAY_MAX / highest;
})();

/** Panel power in W under a cloud transmittance. */
export function panelPower(dayOfYear: number, hour: number, transmittance: number): number {
  return Math.min(1.05 * ARRAY_MAX, Math.max(0, ARRAY_SCALE * rawPower(dayOfYear, hour, transmittance)));
}
