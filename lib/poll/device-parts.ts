import type { StationError } from "../base/errors.ts";
import type { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { Store } from "../store/database.ts";
import { saveDeviceEvent } from "../store/device-events.ts";
import { type DeviceKind, deviceFacts, rememberFacts } from "../store/device-rows.ts";
import { afterRound, isAbsent, type PartKind, type PartMemory, partMemory, partsToSkip } from "../view/silent-parts.ts";

/** What asking some parts of a device came to. */
export interface PartsRound {
  readonly answered: readonly string[];
  readonly failures: readonly { readonly part: string; readonly error: StationError }[];
}

/** The parts of one device (blocks, frames) that stay silent while the rest answers: remembered between the runs. One object a round. */
export class DeviceParts {
  readonly #context: Context;
  readonly #store: Store;
  readonly #kind: DeviceKind;
  readonly #name: string;
  readonly #failures: Failures;
  #memory: PartMemory;

  /** `failures`: gets what is one. */
  constructor(context: Context, store: Store, kind: DeviceKind, name: string, failures: Failures) {
    this.#failures = failures;
    this.#context = context;
    this.#store = store;
    this.#kind = kind;
    this.#name = name;
    this.#memory = partMemory(deviceFacts(store, name).parts);
  }

  /** The parts that need not be asked now: long known to be not there. */
  toSkip(parts: readonly string[], kind: PartKind): string[] {
    return partsToSkip(this.#memory, parts, kind, this.#context.clock.now());
  }

  /** True when a part did not answer the last time and is still missed: it is asked again at once. */
  misses(parts: readonly string[], kind: PartKind): boolean {
    return parts.some((part) => part in this.#memory.silent && !isAbsent(this.#memory, part, kind));
  }

  /** The parts that count as not there, whether they were asked or not. */
  absent(parts: readonly string[], kind: PartKind): string[] {
    const memory = this.#memory;
    return parts.filter((part) => isAbsent(memory, part, kind));
  }

  /**
   * Remembers a round, and notes what is a failure: the silence of a part that counts as not there is none, unless it was asked
   * for by hand (`asked`).
   */
  note(round: PartsRound, kind: PartKind, asked = false): void {
    const before = this.#memory;
    const at = this.#context.clock.now();
    const silent = round.failures.map(({ part }) => part);
    const after = afterRound(before, { answered: round.answered, silent }, at);
    for (const { part, error } of round.failures) {
      if (asked || !isAbsent(before, part, kind)) this.#failures.add(error);
    }
    this.#memory = after;
    if (this.#context.dryRun) return;
    rememberFacts(this.#store, this.#kind, this.#name, { parts: after });
    const gone = silent.filter((part) => isAbsent(after, part, kind) && !isAbsent(before, part, kind));
    if (gone.length === 0) return;
    const evidence = gone.map((part) => ({ key: part, raw: null, expected: null }));
    const event = { at, code: "part_silent" as const, evidence };
    this.#store.write(() => saveDeviceEvent(this.#store, this.#kind, this.#name, event));
    this.#context.log.warn("does not answer, taken for not there", { device: this.#name, parts: gone.join(" ") });
  }
}
