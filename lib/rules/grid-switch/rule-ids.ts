/** Every rule of the grid switch by its id: decisions, memory, reports and words are typed by this table. */

/** A guard must be met to leave the grid; a trigger asks to leave it; a return rule asks for the grid. */
export type RuleKind = "guard" | "trigger" | "return";

interface RuleRow {
  /** `both`: asks for the other side, whichever that is. */
  readonly kind: RuleKind | "both";
  /** Acts in every mode, also after somebody else has moved the switch, and keeps the grid for a while. */
  readonly emergency?: true;
  /** Keeps the rules from switching too often: it says nothing about safety, and the owner's own wish passes it. */
  readonly pace?: true;
}

/** The table. */
export const RULES = {
  S1: { kind: "return", emergency: true },
  S2: { kind: "return", emergency: true },
  S3: { kind: "return", emergency: true },
  S4: { kind: "return", emergency: true },
  S5: { kind: "return" },
  G1: { kind: "trigger" },
  G2: { kind: "trigger" },
  G3: { kind: "trigger" },
  /** The plan's. */
  P1: { kind: "trigger" },
  P2: { kind: "return" },
  /** The original's, its first and its newest version. */
  F: { kind: "both" },
  N: { kind: "both" },
  /** The owner's wish. */
  mode: { kind: "both" },
  fresh_bms: { kind: "guard" },
  fresh_inverter: { kind: "guard" },
  samples: { kind: "guard" },
  cells: { kind: "guard" },
  current: { kind: "guard" },
  charge: { kind: "guard" },
  sensors: { kind: "guard" },
  faults: { kind: "guard" },
  bms_switches: { kind: "guard" },
  position: { kind: "guard" },
  grid: { kind: "guard" },
  physical: { kind: "guard" },
  temperature: { kind: "guard" },
  load: { kind: "guard" },
  lock: { kind: "guard" },
  manual: { kind: "guard", pace: true },
  dwell: { kind: "guard", pace: true },
  budget: { kind: "guard", pace: true },
  clock: { kind: "guard" },
} as const satisfies Readonly<Record<string, RuleRow>>;

export type RuleId = keyof typeof RULES;
type OfKind<K extends RuleRow["kind"]> = { [Id in RuleId]: (typeof RULES)[Id]["kind"] extends K ? Id : never }[RuleId];
export type GuardId = OfKind<"guard">;
export type ReturnId = OfKind<"return">;
/** What a decision goes by: the rule that won, or that none did. */
export type Winner = RuleId | "stay" | "waiting" | "unknown";
/** Who moved the switch: a rule, an order whose rule is not known, or somebody else. */
export type Cause = Winner | "order" | "foreign";

/** What the table says of a rule. */
export function ruleRow(id: RuleId): RuleRow {
  return RULES[id];
}
