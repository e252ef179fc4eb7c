import { readFileSync, statSync } from "node:fs";
import { isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import type { z } from "zod";
import { closest, didYouMean } from "../base/closest.ts";
import { ConfigError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { type SpreadDevices, spreadDevices } from "./device-list.ts";
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
    if (size > MOST_BYTES) throw new ConfigError(`${path}: ${size} bytes; a configuration has at most ${MOST_BYTES}`);
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = isMissing ? "no such file; station config example prints one" : (error as Error).message;
    throw new ConfigError(`${path}: ${what}`, { cause: error });
  }
}

function sizeOfPlainFile(path: string): number {
  const found = statSync(path);
  if (found.isFile()) return found.size;
  const kind = found.isDirectory() ? "a directory" : found.isFIFO() ? "a pipe" : "a device or socket";
  throw new ConfigError(`${path}: is ${kind}; name a plain file`);
}

/** Checks the text of a config file. @throws ConfigError naming every problem with its line */
export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const keys = text.match(/:(\s|$)/gm)?.length ?? 0;
  if (keys > MOST_KEYS) throw new ConfigError(`${path}: about ${keys} keys; a configuration has at most ${MOST_KEYS}`);
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map((e) => `${path}:${lines.linePos(e.pos[0]).line}: ${e.message.split("\n")[0]}`);
    throw new ConfigError(firstOf(problems, path).join("\n"));
  }
  const spread = spreadDevices(plainValues(document, path) ?? {});
  const result = configSchema.safeParse(spread.raw);
  if (result.success && spread.problems.length === 0) return result.data;
  const problems = spread.problems.map(({ path, message }) => ({
    line: lineOf(document.contents, path, lines),
    text: `${path.join(".")}: ${message}`,
  }));
  for (const issue of result.success ? [] : result.error.issues) {
    problems.push(...explain(issue, spread.raw, document.contents, lines, spread.origin));
  }
  problems.sort((a, b) => a.line - b.line);
  const told = problems.map(({ line, text }) => `${path}:${line}: ${printable(text, Number.POSITIVE_INFINITY)}`);
  throw new ConfigError(firstOf(told, path).join("\n"));
}

/** Nobody reads the hundredth mistake, and cron would mail them all. */
function firstOf(problems: readonly string[], path: string): readonly string[] {
  if (problems.length <= MOST_PROBLEMS) return problems;
  return [...problems.slice(0, MOST_PROBLEMS), `${path}: and ${problems.length - MOST_PROBLEMS} more`];
}

/** Aliases that multiply each other (`&a [*b, *b, …]`) are refused by the parser's own limit. */
function plainValues(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}; write the values out`, { cause: error });
  }
}

interface Problem {
  readonly line: number;
  readonly text: string;
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
      const hint = didYouMean(key, known) || `; here are: ${known.join(", ")}`;
      return { line: lineOf(root, [...path, key], lines), text: `${[...path, key].join(".")}: unknown key${hint}` };
    });
  }
  const where = path.length > 0 ? path.join(".") : "the file";
  return [{ line: lineOf(root, path, lines), text: `${where}: ${whatOf(issue, valueAt(raw, place))}` }];
}

/** The parser's sentence, with the value, and with what was probably meant. */
function whatOf(issue: z.core.$ZodIssue, value: unknown): string {
  const message = issue.message.replace(/^Invalid (input|string): /, "");
  if (issue.code === "invalid_value") {
    const choices = issue.values.map(String);
    return `"${value}" is none of ${choices.join(", ")}${didYouMean(String(value), choices)}`;
  }
  if (issue.code === "custom" && issue.path.at(-1) === "time_zone") {
    return `"${value}": ${message}${nearestZone(String(value))}`;
  }
  if (typeof value !== "string" && typeof value !== "number") {
    const isList = issue.code === "invalid_type" && issue.expected === "array";
    return isList ? `${message}; begin each entry with "- "` : message;
  }
  // A sentence of ours that names the value already.
  if (issue.code === "custom" && message.includes(String(value))) return message;
  // YAML of an earlier day knew these as switches.
  const switched =
    issue.code === "invalid_type" && issue.expected === "boolean" ? SWITCH_WORDS[String(value)] : undefined;
  return `${message} (${JSON.stringify(value)})${switched === undefined ? "" : `; write ${switched}`}`;
}

function nearestZone(given: string): string {
  const zones = Intl.supportedValuesOf("timeZone");
  const near = closest(given, zones);
  return near === null ? "" : `; did you mean ${near}?`;
}

const SWITCH_WORDS: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };

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
