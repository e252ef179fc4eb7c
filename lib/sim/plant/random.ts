/** Repeatable random numbers: one stream per key, so that every policy meets the same world. */

/** A stream of random numbers. */
export interface Random {
  /** 0 ≤ x < 1. */
  uniform(): number;
  /** Normal, mean 0, deviation 1. */
  normal(): number;
  /** min ≤ x < max. */
  between(min: number, max: number): number;
}

function hash(text: string, seed: number): number {
  let value = 2166136261 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  }
  value = Math.imul(value ^ (value >>> 16), 2246822507);
  value = Math.imul(value ^ (value >>> 13), 3266489909);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The stream that belongs to a key such as "week_mixed/3/weather" (generator sfc32). */
export function randomStream(key: string): Random {
  let a = hash(key, 1) | 0;
  let b = hash(key, 2) | 0;
  let c = hash(key, 3) | 0;
  let counter = 1;
  let spare = Number.NaN;
  const uniform = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let index = 0; index < 16; index += 1) uniform();
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { uniform, normal, between: (min, max) => min + (max - min) * uniform() };
}
