import { readFileSync, statSync } from "node:fs";
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import type { z } from "zod";
import { nearest } from "../base/closest.ts";
import { ConfigError, failureOf } from "../base/errors.ts";
import { type Failure, failure, said } from "../base/failure/failure.ts";
import { withTexts } from "../base/failure/texts.ts";
import { printable } from "../base/printable.ts";
import { LANGUAGE_CODES } from "../words/index.ts";
import { type SpreadDevices, spreadDevices } from "./device-list.ts";
import { issueFailure } from "./issue-failures.ts";
import { locateConfig } from "./locate.ts";
import { type Config, configSchema } from "./schema.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** The file it came from; null = defaults, because no file is there. */
  readonly path: string | null;
}

/**
 * Reads config.yaml: the given path, else $SOLAR_STATION_CONFIG, else /etc/solar-station/config.yaml, else defaults.
 * @throws ConfigError with every problem as `file:line: key: what`, when a named file is missing or anything in it is wrong
 */
export function loadConfig(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const path = locateConfig(given, environment);
  if (path === null) return { config: configSchema.parse({}), path };
  return { config: parseConfig(readText(path), path), path };
}

/** Longer than any honest file: the example with every key and its comment has 43 kB. */
const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 5000;
const MOST_PROBLEMS = 20;

function readText(path: string): string {
  try {
    // Looked at before it is opened: opening a pipe waits for its writer for ever.
    const size = sizeOfPlainFile(path);
    if (size > MOST_BYTES) throw new ConfigError(failure("config_too_large", { path, size, most: MOST_BYTES }));
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = isMissing
      ? failure("config_missing", { path })
      : failure("at", { place: path, what: failureOf(error) });
    throw new ConfigError(what, { cause: error });
  }
}

function sizeOfPlainFile(path: string): number {
  const found = statSync(path);
  if (found.isFile()) return found.size;
  const code = found.isDirectory() ? "config_folder" : found.isFIFO() ? "config_pipe" : "config_device";
  throw new ConfigError(failure(code, { path }));
}

/** Checks the text of a config file. @throws ConfigError naming every problem with its line */
export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const keys = text.match(/:(\s|$)/gm)?.length ?? 0;
  if (keys > MOST_KEYS) throw new ConfigError(failure("config_too_many_keys", { path, keys, most: MOST_KEYS }));
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lang = langOf(document);
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ pos, message }) => {
      const error = said(message.split("\n")[0] as string);
      return failure("config_syntax", { path, line: lines.linePos(pos[0]).line, error });
    });
    throw new ConfigError(firstOf(problems, path), { lang });
  }
  const spread = spreadDevices(plainValues(document, path, lang) ?? {});
  const result = configSchema.safeParse(spread.raw);
  if (result.success && spread.problems.length === 0) return result.data;
  const problems = spread.problems.map(({ path, what }): Problem => {
    return { line: lineOf(document.contents, path, lines), key: path.join("."), what };
  });
  for (const issue of result.success ? [] : result.error.issues) {
    problems.push(...explain(issue, spread.raw, document.contents, lines, spread.origin));
  }
  problems.sort((a, b) => a.line - b.line);
  throw new ConfigError(
    firstOf(
      problems.map((problem) => told(problem, path)),
      path,
    ),
    { lang },
  );
}

/** The station's language, where it can be made out in whatever state the file is. */
function langOf(document: ReturnType<typeof parseDocument>): string | null {
  try {
    const lang = document.getIn(["station", "lang"]);
    return LANGUAGE_CODES.find((code) => code === lang) ?? null;
  } catch {
    return null;
  }
}

function told({ line, key, what }: Problem, path: string): Failure {
  // Keys and values are whatever the file holds.
  const shown = (text: string) => printable(text, Number.POSITIVE_INFINITY);
  const safe = withTexts(what, shown);
  if (key === null) return failure("config_problem_of_all", { path, line, what: safe });
  return failure("config_problem", { path, line, key: shown(key), what: safe });
}

/** Nobody reads the hundredth mistake, and cron would mail them all. */
function firstOf(problems: readonly Failure[], path: string): Failure {
  const rest = problems.length - MOST_PROBLEMS;
  if (rest <= 0) return failure("several", { failures: problems });
  const more = failure("config_more", { path, count: rest });
  return failure("several", { failures: [...problems.slice(0, MOST_PROBLEMS), more] });
}

/** Aliases that multiply each other (`&a [*b, *b, …]`) are refused by the parser's own limit. */
function plainValues(document: ReturnType<typeof parseDocument>, path: string, lang: string | null): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(failure("config_aliases", { path, error: failureOf(error) }), { cause: error, lang });
  }
}

interface Problem {
  readonly line: number;
  /** Null: the file as a whole. */
  readonly key: string | null;
  readonly what: Failure;
}

function explain(
  issue: z.core.$ZodIssue,
  raw: unknown,
  root: unknown,
  lines: LineCounter,
  origin: SpreadDevices["origin"],
): Problem[] {
  const place = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const path = origin(place);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(place);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const what =
        near.length > 0 ? failure("key_unknown", { near }) : failure("key_unknown_here", { known: known.join(", ") });
      return { line: lineOf(root, [...path, key], lines), key: [...path, key].join("."), what };
    });
  }
  return [
    {
      line: lineOf(root, path, lines),
      key: path.length > 0 ? path.join(".") : null,
      what: issueFailure(issue, valueAt(raw, place)),
    },
  ];
}

function valueAt(raw: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((level, key) => (level as Record<string | number, unknown> | undefined)?.[key], raw);
}

/** Keys that the schema knows at a path, for "did you mean". */
function knownKeys(path: readonly (string | number)[]): string[] {
  const accepted: string[] = [];
  let level: unknown = configSchema.parse({});
  for (const part of path) level = (level as Record<string | number, unknown> | undefined)?.[part];
  if (level && typeof level === "object") accepted.push(...Object.keys(level));
  if (path.length === 0) accepted.push("devices");
  return accepted;
}

function lineOf(root: unknown, path: readonly (string | number)[], lines: LineCounter): number {
  let node = root as Node | null | undefined;
  let offset = node?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = (node as YAMLMap).items.find((item) => String(item.key) === String(part));
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node;
    } else if (isSeq(node)) {
      node = node.items[Number(part)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else break;
  }
  return lines.linePos(offset).line;
}
