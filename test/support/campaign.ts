/** Slow campaigns: `npm test` runs a small share of each, `npm run test:nightly` (SOLAR_NIGHTLY=1) the whole. */
const NIGHTLY = ["1", "all"].includes(process.env.SOLAR_NIGHTLY ?? "");

/** How often this run tries. */
export function tries(share: number, whole: number): number {
  return NIGHTLY ? whole : share;
}

/** Where the run's chance begins: always the same in `npm test`, given or new in the nightly, and printed by whoever uses it. */
export const SEED: number = Number(process.env.SOLAR_SEED ?? (NIGHTLY ? Date.now() % 2 ** 31 : 20_261_125));

/**
 * What is too long for one night is done in several, a part each night, chosen by the seed: every `of`-th, from the `first` on. All of it
 * with SOLAR_NIGHTLY=all.
 */
export function partOfNight(nights: number): { readonly of: number; readonly first: number } {
  const of = process.env.SOLAR_NIGHTLY === "all" ? 1 : nights;
  return { of, first: SEED % of };
}

/** Chance that comes again with its seed. */
export class Chance {
  #state: number;

  constructor(seed: number = SEED) {
    this.#state = seed | 0;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** The bytes with one to five of the accidents of a line: flipped bits, other bytes, lost, doubled and inserted ones, a cut. */
  damaged(good: Uint8Array): Uint8Array {
    let bytes = [...good];
    for (let accident = this.below(5); accident >= 0; accident--) {
      const at = this.below(Math.max(1, bytes.length));
      switch (this.below(7)) {
        case 0:
          bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8));
          break;
        case 1:
          bytes[at] = this.below(256);
          break;
        case 2:
          bytes.splice(at, 1 + this.below(4));
          break;
        case 3:
          bytes.splice(at, 0, ...bytes.slice(at, at + 1 + this.below(8)));
          break;
        case 4:
          bytes.splice(at, 0, ...this.bytes(1 + this.below(4)));
          break;
        case 5:
          bytes = bytes.slice(0, at);
          break;
        default: {
          // Two changes that cancel each other in a sum.
          const other = this.below(Math.max(1, bytes.length));
          const step = 1 + this.below(64);
          bytes[at] = ((bytes[at] ?? 0) + step) & 0xff;
          bytes[other] = ((bytes[other] ?? 0) - step) & 0xff;
        }
      }
    }
    return Uint8Array.from(bytes);
  }
}
