import { execFileSync, execSync } from "node:child_process";
import { appendFileSync, linkSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import type { Chance } from "../support/campaign.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** One line of the record: a change of the disk, something made sure, or a note of the test about the world outside (`what` "told"). */
export type Step =
  | { readonly what: "create"; readonly file: number; readonly path: string }
  | {
      readonly what: "write";
      readonly file: number;
      readonly dated: number;
      readonly at: number;
      readonly bytes: Buffer;
    }
  | { readonly what: "size"; readonly file: number; readonly dated: number; readonly size: number }
  | { readonly what: "rename"; readonly from: string; readonly to: string }
  | { readonly what: "remove"; readonly path: string }
  | { readonly what: "mkdir"; readonly path: string }
  | { readonly what: "folder"; readonly path: string }
  | { readonly what: "sync"; readonly file: number }
  | { readonly what: "told"; readonly told: unknown };

type NameStep = Extract<Step, { what: "create" | "rename" | "remove" | "mkdir" }>;
type DataStep = Extract<Step, { what: "write" | "size" }>;

/** A folder whose changes by programs started with `env` are recorded. */
export class DiskRecorder {
  readonly folder: string;
  readonly #pins: string;
  readonly #log: string;
  readonly #layer: string;

  /** Compiles the layer. */
  constructor(t: TestContext) {
    const scratch = scratchDirectory(t);
    this.folder = join(scratch, "state");
    this.#pins = join(scratch, "pins");
    this.#log = join(scratch, "log");
    this.#layer = join(scratch, "recorder.so");
    for (const folder of [this.folder, this.#pins]) mkdirSync(folder);
    const source = join(import.meta.dirname, "disk-recorder.c");
    execFileSync("g++", ["-x", "c", "-O1", "-shared", "-fPIC", "-o", this.#layer, source, "-ldl", "-lpthread"]);
  }

  /** For programs that are recorded; their clock, and that of their files, is `ahead_s` ahead. */
  env(ahead_s: number): Record<string, string> {
    return {
      ...{ LD_PRELOAD: this.#layer, SOLAR_RECORD_AHEAD_S: String(ahead_s) },
      ...{ SOLAR_RECORD_ROOT: this.folder, SOLAR_RECORD_LOG: this.#log, SOLAR_RECORD_PINS: this.#pins },
    };
  }

  /** As a shell does it by hand. */
  shell(command: string, ahead_s: number): void {
    execSync(command, { cwd: this.folder, env: { ...process.env, ...this.env(ahead_s) } });
  }

  /** Notes between the steps what the world outside saw or was told. */
  tell(told: unknown): void {
    appendFileSync(this.#log, `told ${Buffer.from(JSON.stringify(told)).toString("hex")}\n`);
  }

  steps(): Step[] {
    return readFileSync(this.#log, "latin1").trimEnd().split("\n").map(stepOf);
  }

  /** Makes the folder as it is after a cut; every file has the number and the time it had. */
  lay({ names, files }: Survivors): void {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder);
    for (const [path, what] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      mkdirSync(what === FOLDER ? path : dirname(path), { recursive: true });
      if (what === FOLDER) continue;
      const pin = join(this.#pins, String(what));
      const { bytes, dated } = files.get(what) ?? EMPTY;
      writeFileSync(pin, bytes);
      linkSync(pin, path);
      // Half a microsecond more: cut off, not rounded, on the way.
      utimesSync(path, dated / 1e6, (dated + 0.5) / 1e6);
    }
  }
}

function stepOf(line: string): Step {
  const [what, ...rest] = line.split(" ");
  const last = Buffer.from(rest.at(-1) ?? "", "hex");
  const [file, dated, third] = rest.map(Number) as [number, number, number];
  switch (what) {
    case "create":
      return { what, file, path: last.toString() };
    case "write":
      return { what, file, dated, at: third, bytes: last };
    case "size":
      return { what, file, dated, size: third };
    case "sync":
      return { what, file };
    case "rename": {
      const [from, to] = last.toString().split("\n") as [string, string];
      return { what, from, to };
    }
    case "remove":
    case "mkdir":
    case "folder":
      return { what, path: last.toString() };
    case "told":
      return { what, told: JSON.parse(last.toString()) };
    default:
      throw new Error(`no line of a record: ${line.slice(0, 80)}`);
  }
}

interface Content {
  readonly bytes: Buffer;
  /** Last changed, UTC microseconds. */
  readonly dated: number;
}

const EMPTY: Content = { bytes: Buffer.alloc(0), dated: 0 };
const FOLDER = "folder";
type Names = Map<string, number | typeof FOLDER>;

export interface Survivors {
  readonly names: Names;
  readonly files: ReadonlyMap<number, Content>;
}

/** What is sure on a disk, and what would be lost or kept by chance if the power went now. */
export class Disk {
  readonly #names: Names = new Map();
  readonly #files = new Map<number, Content>();
  #pendingNames: NameStep[] = [];
  readonly #pendingData = new Map<number, DataStep[]>();

  apply(step: Step): void {
    switch (step.what) {
      case "write":
      case "size":
        this.#pendingData.set(step.file, [...(this.#pendingData.get(step.file) ?? []), step]);
        break;
      case "sync":
        this.#files.set(step.file, after(this.#files.get(step.file), this.#pendingData.get(step.file) ?? []));
        this.#pendingData.delete(step.file);
        break;
      case "folder":
        // What was done to the names of this folder, and what these names stand on.
        for (const one of this.#pendingNames.filter((one) => touches(one, step.path))) rename(this.#names, one);
        this.#pendingNames = this.#pendingNames.filter((one) => !touches(one, step.path));
        break;
      case "told":
        break;
      default:
        this.#pendingNames.push(step);
    }
  }

  /**
   * What is left when the power goes now: what was made sure, and of the rest a part, as a disk and a file system may have written it
   * in any order: changes of names one by one, of data by sectors of 512 or pages of 4,096 bytes.
   */
  cut(chance: Chance): Survivors {
    const names = new Map(this.#names);
    for (const step of some(this.#pendingNames, chance)) rename(names, step);
    const files = new Map(this.#files);
    for (const [file, steps] of this.#pendingData) {
      const torn = some(steps, chance).flatMap((step) => (chance.below(4) === 0 ? pieces(step, chance) : [step]));
      files.set(file, after(files.get(file), torn));
    }
    return { names, files };
  }
}

/** None, all, the first ones, or any of them. */
function some<T>(list: readonly T[], chance: Chance): T[] {
  switch (chance.below(4)) {
    case 0:
      return [];
    case 1:
      return [...list];
    case 2:
      return list.slice(0, chance.below(list.length + 1));
    default:
      return list.filter(() => chance.below(2) === 0);
  }
}

function pieces(step: DataStep, chance: Chance): DataStep[] {
  if (step.what === "size") return [step];
  const size = chance.pick([512, 4096]);
  const found: DataStep[] = [];
  for (let from = 0; from < step.bytes.length; ) {
    const to = Math.min(step.bytes.length, from + size - ((step.at + from) % size));
    if (chance.below(2) === 0) found.push({ ...step, at: step.at + from, bytes: step.bytes.subarray(from, to) });
    from = to;
  }
  return found;
}

function after(before: Content = EMPTY, steps: readonly DataStep[]): Content {
  if (steps.length === 0) return before;
  let size = before.bytes.length;
  const most = Math.max(
    size,
    ...steps.map((step) => (step.what === "write" ? step.at + step.bytes.length : step.size)),
  );
  const bytes = Buffer.alloc(most);
  before.bytes.copy(bytes);
  for (const step of steps) {
    if (step.what === "write") {
      step.bytes.copy(bytes, step.at);
      size = Math.max(size, step.at + step.bytes.length);
    } else {
      bytes.fill(0, Math.min(size, step.size));
      size = step.size;
    }
  }
  return { bytes: bytes.subarray(0, size), dated: (steps.at(-1) as DataStep).dated };
}

function touches(step: NameStep, folder: string): boolean {
  const paths = step.what === "rename" ? [step.from, step.to] : [step.path];
  return paths.some((path) => dirname(path) === folder);
}

function rename(names: Names, step: NameStep): void {
  if (step.what === "create") names.set(step.path, step.file);
  else if (step.what === "mkdir") names.set(step.path, FOLDER);
  else if (step.what === "remove") names.delete(step.path);
  else {
    const what = names.get(step.from);
    // Its making was lost: so is its new name.
    if (what === undefined) return;
    names.delete(step.from);
    names.set(step.to, what);
  }
}
