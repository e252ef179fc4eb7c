import { type Mutant, mutantsOf } from "./mutant.ts";

/** What comes in and goes out: serial lines, MQTT, messengers, terminal, page, secrets, backups that are put back. */
// biome-ignore format: a mutant a line
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/port/driver.ts", ["port/lines"], [
    ["a line that hung up is gone, not silent", 'if (bytesRead === 0) throw new Error("hung up");', "if (bytesRead === 0) continue;", "before the first read"],
  ]),
  ...mutantsOf("lib/publish/homeassistant/command.ts", ["homeassistant-values", "jobs/command-intake"], [
    ["a retained command is refused", "if (message.retain) return", "if (false) return"],
    ["a huge payload is refused", "if (message.payload.length > LARGEST_PAYLOAD) {", "if (false) {"],
    ["an old command is refused", "if (age > rules.max_age_s) return", "if (false) return"],
    ["a command of the future is refused", "if (age < -CLOCK_TOLERANCE_S) return", "if (false) return"],
    ["only what is offered is taken", "if (!offered?.has(target.key)) return", "if (false) return"],
    ["when the broker forgot, a command needs its time", "if (read.given_at === null && rules.undated_refused) return", "if (false) return"],
    ["plain ASCII only", 'if (/[^\\x20-\\x7e\\t\\r\\n]/.test(text)) return { code: "no_ascii" };', ""],
    ["nothing but value and ts", 'if (unknown.length > 0 || !Object.hasOwn(object, "value")) return', "if (false) return"],
    ["a value is a word", 'return VALUE.test(value) ?', "return true ?"],
  ]),
  ...mutantsOf("lib/home/command-intake.ts", ["jobs/command-intake"], [
    ["a repetition is no second order", "if (same) this.#answerAgain(read, same);\n    else if", "if"],
    ["a delivery again before the answer is no second order", "if (again && last.acknowledged === 0) return last;", ""],
    ["the same command within the window is one", "now - received_at < duplicate_window_s ? last : null", "false ? last : null"],
    ["a dated command is one for ever", "if (command.given_at !== null) return mqttCommandBySourceId(this.store, sourceId(command));", ""],
    ["a run takes so many commands", "else if (this.#accepted >= config.mqtt.max_commands) {", "else if (false) {"],
    ["what the table refuses becomes no order", 'if (planned.state === "refused") {', "if (false) {"],
  ]),
  ...mutantsOf("lib/publish/mqtt-session.ts", ["e2e/mqtt-commands"], [
    ["packets too large are not even received", "session_expiry_s,\n      maximumPacketSize: LARGEST_PACKET,", "session_expiry_s,", "not even received"],
  ]),
  ...mutantsOf("lib/publish/chat/gate.ts", ["jobs/chats"], [
    ["strangers are nobody", 'if (!chats.has(chat)) return { memory, outcome: "stranger" };', "", "attempts"],
    ["a borrowed message is nobody's", 'if (user === null) return end("nobody");', "", "attempts"],
    ["old messages are not acted on", 'if (now - message.at > MAX_AGE_S) return end("old");', "", "attempts"],
    ["messages of the future are not acted on", 'if (message.at > now + AHEAD_S) return end("ahead");', "", "attempts"],
    ["who may not order does not", 'if (!mayOrder(message, user, rules)) return end("not_allowed");', "", "a group"],
    ["a code is for him who ordered", "one.chat === chat && one.user === user", "one.chat === chat", "a group"],
    ["a late code opens nothing", "if (!isInTime(waits, message, now)) return", "if (false) return", "attempts"],
    ["three tries", "if (tries_left <= 0) return", "if (false) return", "attempts"],
    ["wrong codes close a chat", '>= MOST_WRONG) return', '>= 1e9) return', "six wrong"],
  ]),
  ...mutantsOf("lib/publish/chat/gate.ts", ["publish/chat-gate"], [
    ["a clock that goes back keeps no code alive", "now >= armed.at && ", ""],
    ["nothing counts twice", 'if (is_repeated) return { memory, outcome: "repeated" };', ""],
    ["questions without end", ">= MOST_ASKED)", ">= 1e9)", "without end"],
    ["orders without end", ">= MOST_ARMED)", ">= 1e9)", "without end"],
  ]),
  ...mutantsOf("lib/publish/chat/code.ts", ["jobs/chats"], [
    ["only the code is the code", "mine.length === given.length && timingSafeEqual(mine, given)", "mine.length === given.length", "attempts"],
    ["what is stored tells no code", 'return createHmac("sha256"', 'return code;\n  return createHmac("sha256"', "a clock"],
  ]),
  ...mutantsOf("lib/publish/notifiers/telegram.ts", ["publish/notifiers.test"], [
    ["a chat is blocked only by Telegram's own JSON", "if (answer === null || answer.ok || answer.error_code === null) {", "if (answer === null && status === 403) return permanent(\"channel\", \"403\");\n  if (answer === null || answer.ok || answer.error_code === null) {", "telegram"],
    ["a 200 that confirms nothing is no delivery", "if (status === 200 && answer?.ok === true) return", "if (status === 200) return { ok: true, result: null };\n  if (status === 200 && answer?.ok === true) return", "telegram"],
    ["the token is in no reason", "scrub(answer.description, [token])", "answer.description", "telegram"],
    ["a chat that refuses is told apart from a message", 'permanent(CHAT_REFUSALS.test(answer.description ?? "") ? "channel" : "message"', 'permanent("message"', "telegram"],
  ]),
  ...mutantsOf("lib/publish/notifiers/http.ts", ["publish/notifiers.test"], [
    ["only 2xx is a delivery", "if (status >= 200 && status < 300) return { ok: true };", "if (status < 400) return { ok: true };"],
    ["redirects are not followed with secrets", "maxRedirects: 0,", "maxRedirects: 5,"],
  ]),
  ...mutantsOf("lib/publish/notifiers/secret-file.ts", ["publish/notifiers.test"], [
    ["a secret that others can read is refused", "if ((status.mode & FOREIGN_ACCESS) !== 0) {", "if (false) {", "secret file"],
    ["a secret is a small plain file", "if (!status.isFile() || status.size > MAX_BYTES) throw", "if (false) throw", "secret file"],
  ]),
  ...mutantsOf("lib/publish/outbox.ts", ["publish/outbox"], [
    ["critical messages do not wait for a channel in doubt", '(open_now || message.severity === "critical")', "open_now"],
    ["a wait of a wrong clock ends", "return time <= now || time > now + limit_s;", "return time <= now;"],
    ["a message interrupted twice is given up", "isOrphan(message, now) && message.reason === INTERRUPTED", "false"],
    ["alarms go last for want of room", "candidates.sort((a, b) => worth(a) - worth(b) ||", "candidates.sort((a, b) => worth(b) - worth(a) ||"],
    ["critical messages know no quiet hours", 'const next_attempt_at = severity === "critical" ? now : quietUntil', 'const next_attempt_at = false ? now : quietUntil'],
  ]),
  ...mutantsOf("lib/base/printable.ts", ["base/printable"], [
    ["control characters do not reach a terminal", 'const safe = text.replace(ANY, "?");', "const safe = text;"],
    ["a text keeps only our own colours", 'kept ?? "?"', "kept ?? _"],
    ["JSON holds nothing that a terminal obeys", ".replace(IN_JSON, escaped)", ""],
  ]),
  ...mutantsOf("lib/page/html.ts", ["page/page.test"], [
    ["text from outside is shown as text", ".replace(/[&<>", ".replace(/[&"],
    ["control characters become a visible mark", '"\\ufffd")', '"")'],
  ]),
  ...mutantsOf("lib/page/totals.ts", ["view/one-day"], [
    ["the page's share is everybody's", "ownShare(totals.load_energy, totals.grid_import_energy)", "ownShare(totals.load_energy, totals.grid_export_energy)"],
  ]),
  ...mutantsOf("lib/view/shares.ts", ["view/energy.test"], [
    ["no share of nothing", "|| whole <= 0) return null;", ") return null;"],
    ["a share is between 0 and 100", "Math.min(1, Math.max(0, 1 - part / whole))", "1 - part / whole"],
    ["own share is what was not bought", "1 - part / whole", "part / whole"],
  ]),
  ...mutantsOf("lib/jobs/batmon/batmon-run.ts", ["jobs/batmon-orders"], [
    ["samples of a clock slightly ahead are seen", "now + AHEAD_S + 1", "now + 1", "minute ahead"],
  ]),
  ...mutantsOf("lib/config/cached.ts", ["config/cached"], [
    ["a copy that others may touch is not believed", "if (!isPrivateFile || uid !== process.getuid?.()) return null;", ""],
    ["a copy of another file or program is not believed", "copy.key === key && copy.config", "copy.config"],
  ]),
  ...mutantsOf("lib/config/load.ts", ["config/load"], [
    ["a file that is none is not opened", "if (found.isFile()) return found.size;", "return found.size;"],
    ["a huge file is not read", "if (size > MOST_BYTES) throw", "if (false) throw"],
    ["more keys than anybody writes", "if (keys > MOST_KEYS) throw", "if (false) throw"],
  ]),
  ...mutantsOf("lib/store/backup.ts", ["jobs/restore"], [
    ["orders of a backup are not carried out after a restore", "WHERE state IN ('queued', 'sending')", "WHERE state IN ('sending')"],
    ["orders being sent in a backup are not sent again after a restore", "WHERE state IN ('queued', 'sending')", "WHERE state IN ('queued')"],
  ]),
  ...mutantsOf("lib/store/backup-pack.ts", ["jobs/restore"], [
    ["one flipped byte is recognised", "if (noted !== found) throw", "if (false) throw"],
  ]),
  ...mutantsOf("lib/jobs/backup-stats/restore.ts", ["jobs/restore"], [
    ["a newer state file is not overwritten unasked", "refuseOverNewer(context, target, facts.newest_at);", ""],
    ["open orders of the backup are cancelled", "const cancelled = cancelOpenOrders(copy, now);", "const cancelled = 0;"],
  ]),
];
