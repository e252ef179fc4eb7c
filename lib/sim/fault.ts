import { closest } from "../base/closest.ts";
import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { RequestInfo } from "./wire-log.ts";

/** When a fault acts: at every request, the first n, every n-th, or the requests with these numbers (from 1). */
export type Scope =
  | "always"
  | { readonly first: number }
  | { readonly every: number }
  | { readonly requests: readonly number[] };

/** Which requests a fault counts and hits: all, reads, writes, or those that start at this register or tag. */
export type Target = "all" | "read" | "write" | number;

/** What goes wrong. Numbers are bytes, bits, registers or milliseconds as each line says. */
export type Mishap =
  | { readonly kind: "silent" }
  /** The whole answer leaves this much later; other requests are answered meanwhile. */
  | { readonly kind: "late"; readonly ms: number }
  /** Seeded random bytes (a count) or these bytes (hex text) around or in the middle of the answer. */
  | { readonly kind: "noise_before" | "noise_inside" | "noise_after"; readonly noise: number | string }
  /** Only the first n bytes leave. */
  | { readonly kind: "truncated"; readonly bytes: number }
  | { readonly kind: "wrong_checksum" }
  /** The next slave address or terminal number, with a valid checksum. */
  | { readonly kind: "wrong_slave" }
  /** A Modbus exception answer; a device whose protocol has none keeps silent. */
  | { readonly kind: "exception"; readonly code: number }
  /** More or fewer registers (or cells) than asked, with a valid checksum. */
  | { readonly kind: "extra_registers" | "fewer_registers"; readonly count: number }
  /** The request comes back before the answer, as from an adapter that hears itself. */
  | { readonly kind: "echo" }
  | { readonly kind: "duplicate" }
  /** The connection closes after n bytes of the answer; a pty vanishes. */
  | { readonly kind: "drop_port"; readonly bytes: number }
  /** One bit of the answer is inverted; bit 0 is the highest of the first byte; counted from the end when negative. */
  | { readonly kind: "bit_flip"; readonly bit: number }
  /** Single bytes with this pause between them. */
  | { readonly kind: "split"; readonly ms: number }
  /** A pause in the middle of the answer. */
  | { readonly kind: "hole"; readonly ms: number }
  /** Random bytes instead of an answer for so long (or until the client goes). */
  | { readonly kind: "flood"; readonly ms: number }
  /** Values stay as they were when the fault began. */
  | { readonly kind: "freeze" }
  /** Every value reads zero. */
  | { readonly kind: "zeros" };

/** A mishap with its scope (default always) and target (default all). */
export type Fault = Mishap & { readonly scope?: Scope; readonly target?: Target };

export type FaultKind = Mishap["kind"];

/** For each kind the name of its value and what holds when the text form gives none; null: takes no value. */
const KINDS: Readonly<Record<FaultKind, { readonly value: string; readonly otherwise: number | null } | null>> = {
  silent: null,
  late: { value: "ms", otherwise: null },
  noise_before: { value: "noise", otherwise: 8 },
  noise_inside: { value: "noise", otherwise: 8 },
  noise_after: { value: "noise", otherwise: 8 },
  truncated: { value: "bytes", otherwise: null },
  wrong_checksum: null,
  wrong_slave: null,
  exception: { value: "code", otherwise: null },
  extra_registers: { value: "count", otherwise: 1 },
  fewer_registers: { value: "count", otherwise: 1 },
  echo: null,
  duplicate: null,
  drop_port: { value: "bytes", otherwise: 0 },
  bit_flip: { value: "bit", otherwise: null },
  split: { value: "ms", otherwise: 1 },
  hole: { value: "ms", otherwise: null },
  flood: { value: "ms", otherwise: 10_000 },
  freeze: null,
  zeros: null,
};

/** All kinds, for help texts. */
export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[];

/**
 * Fault from `KIND[=VALUE][SCOPE][/TARGET]`; SCOPE is `:n` (first n), `%n` (every n-th) or `@n,m` (these requests); TARGET is
 * `read`, `write` or a register or tag. `silent:3`, `late=700@2`, `noise_before=x0403/25201`. @throws UsageError
 */
export function parseFault(text: string): Fault {
  const match =
    /^([a-z_]+)(?:=(x[0-9a-fA-F]+|-?\d+))?(?:([:%])(\d+)|@([\d,]+))?(?:\/(read|write|\d+|0x[0-9a-fA-F]+))?$/.exec(
      text.trim(),
    );
  const kind = match?.[1] as FaultKind | undefined;
  if (!match || !kind || !(kind in KINDS)) {
    const expected = failure("fault_form", { kinds: FAULT_KINDS.join(" ") });
    const near = closest((kind ?? text).toLowerCase(), FAULT_KINDS);
    throw new UsageError(
      near === null
        ? failure("fault_unknown", { text, expected })
        : failure("fault_unknown_near", { text, near, expected }),
    );
  }
  const rule = KINDS[kind];
  const given = match[2];
  if (rule === null && given !== undefined) throw new UsageError(failure("fault_takes_no_value", { text, kind }));
  const fault: Record<string, unknown> = { kind };
  if (rule !== null) {
    const hex = given?.startsWith("x") ? given.slice(1) : null;
    if (hex !== null && rule.value !== "noise") throw new UsageError(failure("fault_takes_number", { text, kind }));
    const value = hex ?? (given === undefined ? rule.otherwise : Number(given));
    if (value === null) throw new UsageError(failure("fault_needs_value", { text, kind }));
    fault[rule.value] = value;
  }
  const scope = parseScope(match[3], match[4], match[5]);
  if (scope !== null) fault.scope = scope;
  const target = match[6];
  if (target !== undefined) fault.target = target === "read" || target === "write" ? target : Number(target);
  return fault as unknown as Fault;
}

/** The text form of a fault, as parseFault reads it. */
export function faultText(fault: Fault): string {
  const rule = KINDS[fault.kind];
  const value = rule === null ? null : (fault as unknown as Record<string, number | string>)[rule.value];
  const valueText = value === null || value === undefined ? "" : `=${typeof value === "string" ? `x${value}` : value}`;
  const scope = fault.scope ?? "always";
  const scopeText =
    scope === "always"
      ? ""
      : "first" in scope
        ? `:${scope.first}`
        : "every" in scope
          ? `%${scope.every}`
          : `@${scope.requests.join(",")}`;
  const targetText = fault.target === undefined || fault.target === "all" ? "" : `/${fault.target}`;
  return `${fault.kind}${valueText}${scopeText}${targetText}`;
}

/** Decides request by request which faults act. Each fault counts only the requests of its target, from 1. */
export class FaultScript {
  readonly #faults: { readonly fault: Fault; seen: number }[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, seen: 0 }));
  }

  /** Faults that act on this request; call once for each accepted request. */
  next(info: RequestInfo): Fault[] {
    const acting: Fault[] = [];
    for (const entry of this.#faults) {
      if (!isTarget(entry.fault.target ?? "all", info)) continue;
      entry.seen += 1;
      if (isInScope(entry.fault.scope ?? "always", entry.seen)) acting.push(entry.fault);
    }
    return acting;
  }
}

function parseScope(mark: string | undefined, number: string | undefined, list: string | undefined): Scope | null {
  if (mark === ":") return { first: Number(number) };
  if (mark === "%") return { every: Number(number) };
  if (list !== undefined) return { requests: list.split(",").filter(Boolean).map(Number) };
  return null;
}

function isTarget(target: Target, info: RequestInfo): boolean {
  if (target === "all") return true;
  return typeof target === "number" ? info.start === target : info.what === target;
}

function isInScope(scope: Scope, number: number): boolean {
  if (scope === "always") return true;
  if ("first" in scope) return number <= scope.first;
  if ("every" in scope) return number % scope.every === 0;
  return scope.requests.includes(number);
}
