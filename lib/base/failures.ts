import { type ExitCode, StateDamaged, StationError } from "./errors.ts";
import { failure } from "./failure/failure.ts";

/** Several failures of one run as one, a line for each. */
class SeveralFailures extends StationError {
  override readonly exitCode;
  constructor(
    readonly failures: readonly StationError[],
    exitCode: ExitCode,
  ) {
    super(failure("several", { failures: failures.map((one) => one.failure) }), {
      isNews: failures.some(({ isNews }) => isNews),
    });
    this.exitCode = exitCode;
  }
}

/** What failed in a run while the rest of it went on. */
export class Failures {
  readonly #list: StationError[] = [];

  /** Does a piece of work that may fail without stopping the rest; undefined when it did. @throws what is no StationError */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /** A failure that was told already is not told again. @throws what is no StationError, and StateDamaged: the run begins anew */
  add(error: unknown): void {
    if (!(error instanceof StationError) || error instanceof StateDamaged) throw error;
    if (!this.#list.some(({ message }) => message === error.message)) this.#list.push(error);
  }

  get any(): boolean {
    return this.#list.length > 0;
  }

  /** All of them as one error; null = nothing failed. `several`: exit code of more than one, else the first's. */
  asOne(several?: ExitCode): StationError | null {
    const [first = null, second] = this.#list;
    return first === null || second === undefined ? first : new SeveralFailures(this.#list, several ?? first.exitCode);
  }
}
