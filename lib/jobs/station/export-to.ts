import { ConfigError, ServiceDown, UsageError } from "../../base/errors.ts";
import type { Context } from "../../cli/spec.ts";
import type { ExportRow } from "../../export/rows.ts";
import { exchange, scrub } from "../../publish/notifiers/http.ts";
import { readSecretFile } from "../../publish/notifiers/secret-file.ts";

/** Where samples go: a database that takes line protocol over HTTP. */
export interface Destination {
  readonly url: URL;
  /** Value of the Authorization header; null = none. */
  readonly authorization: string | null;
}

/** Rows a database refused one by one: told, and passed over, for they would hold up all that follow. */
export interface Sent {
  readonly rows: number;
  readonly refused: number;
}

/** Enough for one more exchange and the end of the run, ms. */
const LAST_EXCHANGE_MS = 12_000;
const MOST_TOLD = 3;
/** So many rows refused and none taken: the database does not understand us at all. */
const WRONG_PLACE = 10;
/** Statuses that a second try will not change: the body is bad, or too long. */
const NEVER: ReadonlySet<number> = new Set([400, 413, 422]);

/** Whether `--to` names a place and no time. */
export function isUrl(to: unknown): boolean {
  return /^https?:/.test(String(to));
}

/** `--to http…`; null when it is a time. Times come in whole seconds, and the URL says so unless it says otherwise. @throws UsageError, ConfigError */
export function destinationOf(context: Context): Destination | null {
  const { to, tokenFile } = context.options;
  if (!isUrl(to)) {
    if (tokenFile !== undefined) throw new UsageError("--token-file goes with --to URL");
    return null;
  }
  if (!URL.canParse(String(to))) throw new UsageError("--to: is no URL");
  const url = new URL(String(to));
  if (url.username !== "" || url.password !== "" || /[?&](p|token)=/.test(url.search)) {
    throw new UsageError("--to: everybody on this computer can read a command line; put the secret into --token-file");
  }
  if (!url.searchParams.has("precision")) url.searchParams.set("precision", "s");
  if (tokenFile === undefined) return { url, authorization: null };
  const secret = readSecretFile(String(tokenFile));
  return { url, authorization: secret.includes(" ") ? secret : `Token ${secret}` };
}

/**
 * Sends portions of rows, oldest first; after each that arrived `arrived` keeps how far it went, so that a run that ends anywhere goes
 * on there. @throws ServiceDown when the database is away, busy, or takes nothing; ConfigError when it does not let us in
 */
export async function sendRows(
  context: Context,
  destination: Destination,
  portions: Iterable<ExportRow[]>,
  text: (rows: readonly ExportRow[]) => string,
  arrived: (until: number) => void,
): Promise<Sent> {
  const sender = new Sender(context, destination, text);
  for (const rows of portions) {
    await sender.send(rows);
    arrived(rows.at(-1)?.at ?? 0);
    if (context.timeLeft() < LAST_EXCHANGE_MS) break;
  }
  return { rows: sender.arrived, refused: sender.refused };
}

class Sender {
  arrived = 0;
  refused = 0;

  constructor(
    private readonly context: Context,
    private readonly destination: Destination,
    private readonly text: (rows: readonly ExportRow[]) => string,
  ) {}

  /** Sends rows; of a portion that is refused, the halves, until the bad row is alone. */
  async send(rows: readonly ExportRow[]): Promise<void> {
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
      if (this.refused <= MOST_TOLD) this.context.log.warn(`passed over: ${refusal}`, { at: rows[0]?.at ?? null });
    }
  }

  /** Null: it is stored; a sentence: the database will never take this body. */
  async #post(body: string): Promise<string | null> {
    const { url, authorization } = this.destination;
    const headers = {
      "Content-Type": "text/plain; charset=utf-8",
      ...(authorization === null ? {} : { Authorization: authorization }),
    };
    const answer = await exchange({ method: "POST", url: url.href, body, headers }, this.context.timeLeft());
    if ("failure" in answer) throw new ServiceDown(answer.failure);
    const { status } = answer;
    if (status >= 200 && status < 300) return null;
    const words = scrub(answer.body, authorization?.split(" ") ?? []);
    const told = `${url.host}: HTTP ${status}${words === "" ? "" : `: ${words}`}`;
    if (status === 401 || status === 403) throw new ConfigError(`${told}; look at --token-file`);
    if (!NEVER.has(status)) throw new ServiceDown(told);
    return told;
  }
}

/** Portions of at most about `limit` rows: those of one second stay together, because the cursor is a second. */
export function* inPortions(rows: Iterable<ExportRow[]>, limit: number): Iterable<ExportRow[]> {
  for (const portion of rows) {
    let from = 0;
    while (from < portion.length) {
      let to = Math.min(portion.length, from + limit);
      while (to < portion.length && portion[to]?.at === portion[to - 1]?.at) to++;
      yield portion.slice(from, to);
      from = to;
    }
  }
}
