/** Samples to a database that takes line protocol over HTTP. */
import { ConfigError, ServiceDown } from "../base/errors.ts";
import { type Failure, failure, failureText } from "../base/failure/failure.ts";
import { exchange, scrub } from "./notifiers/http.ts";

/** Where they go. */
export interface Destination {
  readonly url: URL;
  /** Value of the Authorization header; null = none. */
  readonly authorization: string | null;
}

/** Rows a database refused one by one: told, and passed over, for they would hold up all that follow. */
interface Sent {
  readonly rows: number;
  readonly refused: number;
}

interface Row {
  readonly at: number;
}

/** What it needs of a run. */
interface Run {
  readonly log: { warn(message: string, fields: Readonly<Record<string, number | null>>): void };
  readonly timeLeft: () => number;
}

/** Enough for one more exchange and the end of the run, ms. */
const LAST_EXCHANGE_MS = 12_000;
const MOST_TOLD = 3;
/** So many rows refused and none taken: the database does not understand us at all. */
const WRONG_PLACE = 10;
/** Statuses that a second try will not change: the body is bad, or too long. */
const NEVER: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * Sends portions of rows, oldest first; after each that arrived `arrived` keeps how far it went, so that a run that ends anywhere goes
 * on there. @throws ServiceDown when the database is away, busy, or takes nothing; ConfigError when it does not let us in
 */
export async function sendRows<R extends Row>(
  run: Run,
  destination: Destination,
  portions: Iterable<readonly R[]>,
  text: (rows: readonly R[]) => string,
  arrived: (until: number) => void,
): Promise<Sent> {
  const sender = new Sender(run, destination, text);
  for (const rows of portions) {
    await sender.send(rows);
    arrived(rows.at(-1)?.at ?? 0);
    if (run.timeLeft() < LAST_EXCHANGE_MS) break;
  }
  return { rows: sender.arrived, refused: sender.refused };
}

class Sender<R extends Row> {
  arrived = 0;
  refused = 0;

  constructor(
    private readonly run: Run,
    private readonly destination: Destination,
    private readonly text: (rows: readonly R[]) => string,
  ) {}

  /** Sends rows; of a portion that is refused, the halves, until the bad row is alone. */
  async send(rows: readonly R[]): Promise<void> {
    const body = this.text(rows);
    const refusal = body === "" ? null : await this.#post(body);
    if (refusal === null) {
      this.arrived += rows.length;
    } else if (rows.length > 1) {
      const half = Math.ceil(rows.length / 2);
      await this.send(rows.slice(0, half));
      await this.send(rows.slice(half));
    } else {
      this.refused++;
      // One bad row is passed over; where every row is one, it is the wrong place.
      if (this.arrived === 0 && this.refused >= WRONG_PLACE) throw new ServiceDown(refusal);
      if (this.refused <= MOST_TOLD)
        this.run.log.warn(`passed over: ${failureText(refusal)}`, { at: rows[0]?.at ?? null });
    }
  }

  /** Null: it is stored; a failure: the database will never take this body. */
  async #post(body: string): Promise<Failure | null> {
    const { url, authorization } = this.destination;
    const headers = {
      "Content-Type": "text/plain; charset=utf-8",
      ...(authorization === null ? {} : { Authorization: authorization }),
    };
    const answer = await exchange({ method: "POST", url: url.href, body, headers }, this.run.timeLeft());
    if ("failure" in answer) throw new ServiceDown(answer.failure);
    const { status } = answer;
    if (status >= 200 && status < 300) return null;
    const words = scrub(answer.body, authorization?.split(" ") ?? []);
    const answered = words === "" ? failure("http_status", { status }) : failure("http_status_says", { status, words });
    const values = { host: url.host, answer: answered };
    if (status === 401 || status === 403) throw new ConfigError(failure("database_refuses", values));
    const told = failure("database_answers", values);
    if (!NEVER.has(status)) throw new ServiceDown(told);
    return told;
  }
}
