import { type Mutant, mutantsOf } from "./mutant.ts";

/** What is believed of a device's answer: limits, doubts, class, identity, counters, ages, signs; and what protects the wire. */
// biome-ignore format: a mutant a line
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/view/judge-inverter.ts", ["view/judge-inverter"], [
    ["an answer of zeros is refused", 'if (blank.all) return done({ code: "all_zero", evidence: [] });', ""],
    ["a block of zeros is unknown, not zero", "clearBlank(found, blank, doubts);", ""],
    ["a foreign answer is refused", 'if (foreign.length > 0) return done({ code: "foreign", evidence: foreign });', ""],
    ["one odd value refuses no machine", "broken.length === 0 || outside.length < FOREIGN_VALUES", "outside.length < FOREIGN_VALUES"],
    ["values outside their limits are doubted", "doubtOutside(found, outsideOf(found, machine), doubts);\n  const foreign", "const foreign"],
    ["a doubted value is not used", "    doubts.push(doubt);\n    found[key] = null;", "    doubts.push(doubt);"],
    ["a wrong class is named", 'doubts.push({ key: "battery_voltage_grade", code: "out_of_range", raw: own, low: 12, high: 48 });', ""],
  ]),
  ...mutantsOf("lib/view/judge-bms.ts", ["view/judge-bms"], [
    ["an answer of zeros is refused", 'if (cells.every((mv) => !mv) && !pack_voltage && !sample.battery_current && !sample.soc) {', "if (false) {"],
    ["an answer without cells is refused", 'if (listed === 0) return { code: "no_cells", evidence: [] };', ""],
    ["an unlikely cell is believed only beside a protection", "&& protects(sample, side)) return mv;", ") return mv;"],
    ["a cell outside is unknown", 'doubts.push({ key: cellKey(index), code: "out_of_range", raw: mv, ...sure });\n    return null;', "return mv;"],
    ["a pack that contradicts its cells is doubted", "if (pack === null || sum === null || addsUp(sum, pack, cells.length)) return;", "return;"],
    ["a probe that was never seen and reads 0 is a phantom", "if (found[key] !== 0 || seen.includes(key)) continue;", "continue;"],
    ["a cell beyond the known ones waits", "doubtBeyond(sample, cells, context.cell_count ?? null, doubts);", ""],
    ["of three answers one alone adds no cell", "judged.findLast(({ sample: { cells } }) => cells.length === length)", "judged.at(-1)"],
    ["of three answers one alone moves no average", "known.length < FEW ? known : known.slice(1, -1);", "known;"],
    ["of three answers the middle value counts", "if (values.length < FEW) return", "if (true) return"],
    ["a charge of 0 right after the start is not ready", 'doubts.push({ key: "soc", code: "not_ready", raw: 0 });\n  found.soc = null;', ""],
  ]),
  ...mutantsOf("lib/view/limits.ts", ["view/judge-inverter", "view/judge-bms", "view/matrix"], [
    ["limits follow the battery class", "if (limit.by_class && battery_class !== null) return", "if (false) return"],
    ["limits follow the rating", "if (limit.by_rating && rated_power !== null) {", "if (false) {"],
    ["a value above is none", "value >= bounds.low && value <= bounds.high ?", "value >= bounds.low ?"],
    ["a value below is none", "value >= bounds.low && value <= bounds.high ?", "value <= bounds.high ?"],
    ["a small negative of an unsigned word is 0", "if (limit.below_zero && raw >= 65_536 - BELOW_ZERO_WORDS && raw < 65_536) return { raw: 0, bounds: null };", ""],
    ["an absent value is not 0", "if (raw === 0 && limit.zero_absent) return { raw: null, bounds: null };", ""],
  ]),
  ...mutantsOf("lib/view/battery-class.ts", ["view/judge-inverter"], [
    ["the machine's own word goes before what is remembered", "for (const told of [\n    battery_voltage_grade,", "for (const told of [\n    remembered, battery_voltage_grade,"],
    ["of two words the one that fits the battery", "return judge === charger\n", "return judge !== charger\n"],
    ["48, 24 or 12, nothing else", "return CLASSES.find((one) => one === value) ?? null;", "return (value as BatteryClass) ?? null;"],
  ]),
  ...mutantsOf("lib/view/identity.ts", ["view/identity", "view/judge-inverter"], [
    ["another machine is told by its number", "FOR_LIFE.includes(key) && ", "false && "],
    ["a number that is none makes no other machine", "!NO_NUMBER.includes(raw) && !NO_NUMBER.includes(expected)", "true"],
  ]),
  ...mutantsOf("lib/view/counters.ts", ["view/counters"], [
    ["a counter that leaps is doubted", "if (raw >= known.raw && raw <= most) return", "if (raw >= known.raw) return"],
    ["a counter that falls is doubted", "if (raw >= known.raw && raw <= most) return", "if (raw <= most) return"],
    ["a new level of a counter is proven by time and readings", "if (lasted < PROOF_S || streak < PROOF_READINGS ||", "if ("],
    ["a frozen counter proves nothing for a day", "return raw > base_raw || lasted >= PROOF_WITHOUT_RISE_S;", "return true;"],
  ]),
  ...mutantsOf("lib/view/energy-fold.ts", ["store/history.test"], [
    ["a falling counter adds nothing", "return cleared ? after.raw : 0;", "return cleared ? after.raw : difference;", "counters: reset"],
    ["no more than the machine can", "return difference > most ? 0 : difference;", "return difference;", "counters: reset"],
  ]),
  ...mutantsOf("lib/view/energy-fold.ts", ["view/energy-fold"], [
    ["energy is not invented over a gap", "if (before !== undefined && this.#bridges(row.at, row.at - before.at)) {", "if (before !== undefined) {"],
  ]),
  ...mutantsOf("lib/view/age.ts", ["view/age"], [
    ["a future sample is not fresh", "if (at > now + FUTURE_TOLERANCE_S)", "if (false)"],
    ["an old sample is not fresh", 'age_s > max_age_s ? "old" : "fresh"', '"fresh"'],
  ]),
  ...mutantsOf("lib/base/clock.ts", ["base/clock", "store/store"], [
    ["the one rule for times of the future", "return at > now + AHEAD_S;", "return false;"],
  ]),
  ...mutantsOf("lib/devices/inverter/derived.ts", ["pv1800/derived"], [
    ["the sign of an estimate", 'return estimate.direction === "export" ? -estimate.size : estimate.size;', "return estimate.size;"],
    ["an estimate of unknown direction is no power", "if (estimate === null || estimate.direction === null) return null;", "if (estimate === null) return null;"],
    ["the sold counter tells the direction", 'if (sold > 0 && sold > bought) return { direction: "export", reason: "sold_counter" };', ""],
    ["nothing is estimated where the register tells", "|| values.grid_power !== 0) return null;", ") return null;"],
  ]),
  ...mutantsOf("lib/devices/pv1800/blocks.ts", ["pv1800/table"], [
    ["10009-10100 are never touched", "{ start: 10009, count: 92 },", "{ start: 10010, count: 91 },"],
    ["20017-20100 are never touched", "{ start: 20017, count: 84 },", "{ start: 20018, count: 83 },"],
    ["the guard of the forbidden ranges", "start < span.start + span.count && start + count > span.start", "start === span.start"],
  ]),
  ...mutantsOf("lib/devices/pv1800/client.ts", ["pv1800/client"], [
    ["rows that are not writable", "if (!field.write) throw new BadCommand", "if (false) throw new BadCommand"],
    ["locked rows", 'if (field.write.class === "never" && !options.unlock) throw', "if (false) throw"],
    ["settings are read twice alike", "if (differing.length === 0) return { ...now, failures: first.failures };", "return { ...now, failures: first.failures };"],
  ]),
  ...mutantsOf("lib/orders/device-tables.ts", ["orders/carry-out"], [
    ["feed-in rows need the owner's consent", "feed_in: orders.feed_in_consent", "feed_in: true", "owner's consent"],
  ]),
  ...mutantsOf("lib/devices/pv1800/models.ts", ["orders/carry-out"], [
    ["only feed-in rows are opened", 'const FEED_IN_ROWS: readonly string[] = ["discharge_to_grid"];', 'const FEED_IN_ROWS: readonly string[] = ["discharge_to_grid", "grid_charge_enabled"];', "owner's consent"],
  ]),
  ...mutantsOf("lib/devices/jkbms/write-check.ts", ["jkbms/write-check"], [
    ["rows of class never", 'if (field.write.class === "never" && options.unlock !== key)', "if (false)"],
    ["values outside the range", 'if (range && typeof value === "number" && (value < range.min || value > range.max)) {', "if (false) {"],
    ["whole values only", 'if (typeof raw !== "number" || !Number.isInteger(raw)) throw', "if (false) throw"],
  ]),
  ...mutantsOf("lib/devices/jkbms/redact.ts", ["jkbms/redact"], [
    ["passwords in good 4E57 frames", "copy.fill(0, data + slice.start, data + slice.start + slice.length);", ""],
    ["passwords in damaged bytes", "blankSuspects(copy, whole);", ""],
    ["passwords of the PB information frame", "blankPb(copy);", ""],
    ["pair frames", "if (carriesPassword(copy, at)) copy.fill(0, data, from - TAIL_BYTES);", ""],
  ]),
  ...mutantsOf("lib/modbus/frame.ts", ["modbus/frame"], [
    ["the checksum of an answer", "|| !crcHolds(buffer, offset, asked.answerLength)) return null;", ") return null;"],
    ["an answer of another slave is none", "if (at(buffer, offset) !== asked.slave) return null;", ""],
    ["whole frames nobody asked for are refused", "if (unasked !== null && !options.skipFrames) {", "if (false) {"],
  ]),
  ...mutantsOf("lib/modbus/rtu-master.ts", ["modbus/rtu-master"], [
    ["a late answer never becomes the next one's", "await this.#drain(this.#quiet);\n    const { resync }", "const { resync }"],
    ["the second master's bytes before a request are counted", "this.stats.second_master_signs++;\n      this.#lastTraffic", "this.#lastTraffic"],
    ["the second master's frames are counted", "if (refusal.unasked) this.stats.second_master_signs++;", ""],
    ["the guard of forbidden ranges is asked", "async #transact(asked: Request, budget: Budget): Promise<Uint8Array> {\n    this.#options.allowed?.(asked.start, asked.count);", "async #transact(asked: Request, budget: Budget): Promise<Uint8Array> {"],
  ]),
  ...mutantsOf("lib/devices/inverter/second-master.ts", ["view/judge-inverter"], [
    ["the second master's pattern", "if (signs === 0) return null;", "return null;"],
    ["a quiet line names no second master", "if (signs === 0) return null;", ""],
  ]),
  ...mutantsOf("lib/view/standing.ts", ["view/standing"], [
    ["a charge that flows and is not counted", "if (flowed >= COUNTED && soc !== 0 && soc !== 100) return since;", ""],
    ["a full or empty counter may stand", "flowed >= COUNTED && soc !== 0 && soc !== 100", "flowed >= COUNTED"],
    ["half an hour, not less", "|| newest.at - since < STANDS_S) return null;", ") return null;"],
    ["the inverter sees it move", "moved > REST_V * newest.cells.length ? since : null;", "moved > 1000 ? since : null;"],
    ["noise of the inverter is no move", "moved > REST_V * newest.cells.length ? since : null;", "moved > 0 ? since : null;"],
  ]),
  ...mutantsOf("lib/devices/pv1800/blocks.ts", ["orders/wire-matrix"], [
    ["a probe that stays silent goes elsewhere", "or_start: 15201, ", "", "block fails"],
  ]),
];
