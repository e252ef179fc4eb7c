import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../../lib/base/failure/failure.ts";
import { tellCheck } from "../../lib/jobs/station/doctor-text.ts";
import { type Check, checkName, fail, ok, skip, warn } from "../../lib/support/check.ts";
import type {
  CheckTopic,
  DeviceTopic,
  IllCode,
  IllValues,
  PlainTopic,
  RecoveryValues,
  WellCode,
  WellValues,
} from "../../lib/words/doctor-values.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { pseudoSpeech, unmarked } from "./support.ts";

// Whatever is no word of ours is a number here: what stands in Latin letters then, a sentence says by itself.
const MOMENT = { at: 1_800_000_000, time_zone: "Europe/Kyiv" };
const ROOM = { free: 1234.5, percent: 45.6 };
const FILE = { size: 12.34, samples: 1234, daily: 0.5 };
const HOLDER = { command: "1", pid: "123", is_stopped: false };
const ANSWERS = { poll_ms: 41.6, bad_frames: 1, timeouts: 2, requests: 21, exceptions: 3 };
const BMS = { good: 4, bad: 1, cells: 16, poll_ms: 150 };
const MACHINE = { model: "1800", software: "2.17", protocol: null };
const DIALECT = { dialect: "1", configured: "1" };
const CRON = { cron: "* * * * *", line: "1" };
const DOUBTS = [{ key: "transformer_temperature", code: "out_of_range", raw: 200 }] as const;
const EVIDENCE = [{ key: "machine_number", raw: 1800, expected: 3000 }];
const RECOVERY: RecoveryValues = {
  ...{ path: "/1", damage: "empty", aside: "2", backup: "3", backup_until: MOMENT.at, time_zone: MOMENT.time_zone },
  ...{ salvaged: 21, orders_known: false, cancelled_orders: 2, active_leases: 1 },
};

// biome-ignore format: a row a line
const WELL: { readonly [C in WellCode]: readonly WellValues[C][] } = {
  node: [{ version: "22.1.0" }],
  configuration: [{ path: "/1" }],
  secret_closed: [{ path: "/1" }],
  user: [{ user: "1" }],
  mail: [{ path: "/1" }],
  state_directory: [{ path: "/1" }],
  no_state_directory: [{}],
  disk: [ROOM],
  wear_uncounted: [{}],
  wear: [{ daily: 12.3, uptime_s: null }, { daily: 1234.5, uptime_s: 600 }],
  clock: (["timesyncd", "chrony", "ntpd", "rtc"] as const).map((keeper) => ({ ...MOMENT, keeper })),
  state_file: [FILE, { ...FILE, samples: 1, daily: null }],
  job: [{ age_s: 30, duration_ms: 120 }],
  bus: [{ requests: 17_280, size: 1.2, busy_s: 3600, share: 4.2 }],
  backup: [{ file: "1", age_s: 86_400 }],
  alerts_none: [{}],
  rules_never_ran: [{}],
  port: [{ port: "/1" }],
  port_free: [{ port: "/1" }],
  port_used: [{ port: "/1", holder: HOLDER }, { port: "/1", holder: { ...HOLDER, is_stopped: true } }],
  device_port_busy: [{ reason: said("1") }],
  device_port_gone: [{ reason: said("1") }],
  inverter_answers: [ANSWERS, { ...ANSWERS, requests: 1, exceptions: 0 }],
  bms_answers: [BMS, { ...BMS, cells: 1 }],
  identity: [MACHINE, { ...MACHINE, model: null }],
  dialect: [DIALECT, { ...DIALECT, configured: null }],
  broker_off: [{}],
  broker: [{ address: "127.0.0.1:1883", answer_ms: 3.4 }],
  telegram_off: [{}],
  telegram: [{}],
};

const SECRETS = [
  { code: "unreadable", cause: "2" },
  { code: "no_secret_file" },
  { code: "open", mode: "644" },
  { code: "empty" },
] as const;
const DAMAGES = [
  ...(["missing", "empty", "truncated", "not_a_database"] as const),
  ...(["not_a_state_file", "damaged_pages", "no_access"] as const),
];

// biome-ignore format: a row a line
const ILL: { readonly [C in IllCode]: readonly IllValues[C][] } = {
  node_old: [{ version: "18.19.1", oldest: 20 }],
  configuration_none: [{}],
  secret_unusable: SECRETS.map((fault) => ({ path: "/1", fault })),
  user_root: [{}],
  mail_none: [{}],
  state_directory_missing: [{ path: "/1" }],
  state_directory_closed: [{ path: "/1" }],
  state_directory_in_memory: [{ path: "/1" }],
  disk_full: [ROOM],
  disk_little: [ROOM],
  wear_much: [{ daily: 12_345.6 }],
  clock_unset: [{ ...MOMENT, at: 3600 }],
  clock_unkept: [MOMENT],
  clock_behind: [{ ahead_s: 7200 }],
  state_file_unusable: [{ reason: said("1") }],
  state_file_lost: DAMAGES.map((damage) => ({ path: "/1", damage })),
  state_file_damaged: [{ complaint: "1" }],
  state_file_grows: [{ ...FILE, daily: 3.25 }],
  state_file_replaced: [
    { ...RECOVERY, age_s: 7200 },
    { ...RECOVERY, age_s: 7200, damage: "no_access", aside: null, backup: null },
    { ...RECOVERY, age_s: 60, backup: null, backup_until: null, salvaged: 0, orders_known: true, cancelled_orders: 1, active_leases: 3 },
  ],
  job_never: [CRON],
  job_late: [{ ...CRON, age_s: 7260 }],
  job_failing: [{ for_s: 600, message: "1", by_hand: "2" }, { for_s: 600, message: null, by_hand: "2" }],
  backup_none: [{ folder: "/1" }],
  backup_old: [{ age_s: 345_600 }],
  not_believed: [{ doubts: DOUBTS }],
  alerts_open: (["info", "warning", "critical"] as const).map((severity) => ({ alerts: [{ id: "soc_low", severity }] })),
  rules_silent: [{ age_s: 7200 }, { age_s: null }],
  port_missing: [{ port: "/1", found: [] }, { port: "/1", found: ["/2", "/3"] }],
  port_closed: [{ port: "/1" }],
  port_unstable: [{ port: "/1", link: "/2", rule: "3" }, { port: "/1", link: null, rule: "3" }, { port: "/1", link: null, rule: null }],
  device_silent: [{ reason: said("1") }],
  device_failed: [{ reason: said("1") }],
  inverter_troubled: [ANSWERS],
  bms_troubled: [BMS],
  parts_silent: [{ parts: ["15201", "settings", "device_info"] }],
  values_impossible: [
    ...(["all_zero", "foreign", "cell_count", "no_cells"] as const).map((code) => ({ refusals: [{ code, evidence: [] }], doubts: [] })),
    { refusals: [], doubts: DOUBTS },
  ],
  second_master: [{ signs: 1 }, { signs: 21 }],
  other_machine: [{ refusal: { code: "other_machine", evidence: EVIDENCE }, command: "1" }],
  model_untried: [{ ...MACHINE, command: "1" }],
  model_untold: [{}],
  dialect_new: [{ ...DIALECT, before: "2", command: "1" }],
  broker_silent: [{ address: "127.0.0.1:1883", limit_s: 5 }],
  broker_down: [{ address: "127.0.0.1:1883", reason: said("1") }],
  telegram_token: SECRETS.map((fault) => ({ path: "/1", fault })),
  telegram_away: [{ reason: said("1") }],
  telegram_refused: [{ status: 401 }],
  telegram_troubled: [{ status: 502 }],
};

function wellChecks<C extends WellCode>(code: C, level: typeof ok | typeof skip): Check[] {
  return WELL[code].map((values) => level("node", code, values));
}
function illChecks<C extends IllCode>(code: C, level: typeof warn | typeof fail): Check[] {
  return ILL[code].map((values) => level("node", code, values));
}
const CHECKS: readonly Check[] = [
  ...(Object.keys(WELL) as WellCode[]).flatMap((code) => [...wellChecks(code, ok), ...wellChecks(code, skip)]),
  ...(Object.keys(ILL) as IllCode[]).flatMap((code) => [...illChecks(code, warn), ...illChecks(code, fail)]),
];

const PLAIN: Readonly<Record<PlainTopic, true>> = {
  ...{ node: true, configuration: true, user: true, mail: true, state_directory: true, disk: true, disk_wear: true },
  ...{ clock: true, state_file: true, state_file_replaced: true, backup: true, alerts: true, broker: true },
  telegram: true,
};
const OF_DEVICE: Readonly<Record<DeviceTopic, true>> = {
  ...{ port: true, port_name: true, device: true, identity: true, values: true, line: true, parts: true },
  ...{ dialect: true, bus: true },
};
const DEVICES = (["inverter", "bms"] as const).flatMap((kind) =>
  [true, false].map((is_only) => ({ kind, name: "7", is_only })),
);
const TOPICS: readonly CheckTopic[] = [
  ...(Object.keys(PLAIN) as PlainTopic[]),
  ...(Object.keys(OF_DEVICE) as DeviceTopic[]).flatMap((topic) => DEVICES.map((device) => ({ topic, device }))),
  { job: "7" },
];

/** What is typed, and names, which are the same in every language. */
const TYPED = [
  ...["sudo station setup", "station config example", "station status", "systemctl status cron"],
  ...["sudo adduser solar dialout", "sudo apt install msmtp-mta", "docs/ru/how-to/telegram.md", "iotop -ao"],
  ...["systemd-timesyncd", "chrony", "ntpd", "/dev/rtc0", "backup-stats restore", "backup-stats -v", "backup-stats"],
  ...["batmon", "crontab", "-vv --raw", "-vv", "--accept-machine", "inverter.gap_ms: 300", "mkdir -p", "chmod 600"],
  ...["ls -l /dev/serial/by-id", "port: /", "/etc/udev/rules.d/70-solar-station.rules", "dmesg", "@BotFather"],
  ...["mqtt.enabled: false", "solar", "dialout", "root", "cron"],
  ...["Node", "USB", "Telegram", "RS485", "BMS", "pid", "A и B", "°C"],
];

for (const language of LANGUAGE_CODES) {
  test(`whatever the doctor finds can be said, with what to do where it is not well, in ${language}`, () => {
    for (const check of CHECKS) {
      const { level, text, hint } = tellCheck(check, speech(language));
      const what = `${check.code}: ${text} → ${hint}`;
      assert.equal(hint !== null, level === "warn" || level === "fail", what);
      for (const said of hint === null ? [text] : [text, hint]) {
        assert.match(said, /\S/, what);
        assert.doesNotMatch(said, /undefined|\bnull\b|NaN|\[object|[;:,] *$|; ;|\(\)/, what);
      }
    }
    const named = new Set(TOPICS.map((topic) => tellCheck(ok(topic, "alerts_none", {}), speech(language)).title));
    assert.ok(![...named].some((title) => title.trim() === ""));
  });
}

test("an owner who reads Russian finds nothing in English but what he types and what things are called", () => {
  const foreign = (text: string): readonly string[] =>
    TYPED.reduce((rest, typed) => rest.replaceAll(typed, " "), text).match(/[A-Za-z]+/g) ?? [];
  for (const check of CHECKS) {
    const { text, hint } = tellCheck(check, speech("ru"));
    assert.deepEqual(foreign(text), [], `${check.code}: ${text}`);
    assert.deepEqual(foreign(hint ?? ""), [], `${check.code}: ${hint}`);
  }
  for (const topic of TOPICS) {
    const { title } = tellCheck(ok(topic, "alerts_none", {}), speech("ru"));
    assert.deepEqual(foreign(title), [], title);
  }
});

test("every word that is read is of the catalogue, and the name for programs is not", () => {
  const pseudo = pseudoSpeech();
  for (const check of CHECKS) {
    const { name, title, text, hint } = tellCheck(check, pseudo);
    for (const read of [title, text, hint ?? ""]) assert.equal(unmarked(read), "", read);
    assert.equal(name, "node");
  }
});

test("the names for programs are those that they have always been", () => {
  const [device] = DEVICES.map((one) => ({ ...one, name: "east" }));
  assert.ok(device);
  const names = (Object.keys(OF_DEVICE) as DeviceTopic[]).map((topic) => checkName({ topic, device }));
  assert.deepEqual(names, [
    ...["port east", "name east", "east", "east identity", "east values", "east line", "east parts", "east dialect"],
    "east bus",
  ]);
  assert.deepEqual((Object.keys(PLAIN) as PlainTopic[]).map(checkName), [
    ...["node", "configuration", "user", "mail", "state directory", "disk", "disk wear", "clock", "state file"],
    ...["state file replaced", "backup", "alerts", "broker", "telegram"],
  ]);
  assert.equal(checkName({ job: "batmon" }), "job batmon");
  assert.equal(checkName({ secret: "mqtt.key_file" }), "mqtt.key_file");
});

test("counts take the form that their number asks for", () => {
  const said = (language: "en" | "ru", check: Check) =>
    tellCheck(check, speech(language)).text.replaceAll("\u00a0", " ");
  const file = (samples: number) => ok("state_file", "state_file", { size: 1.25, samples, daily: null });
  assert.equal(said("en", file(1)), "1.3 MiB, 1 sample, no damage found");
  assert.equal(said("ru", file(1)), "1,3 МиБ, 1 замер, повреждений нет");
  assert.equal(said("ru", file(3)), "1,3 МиБ, 3 замера, повреждений нет");
  assert.equal(said("ru", file(1234)), "1,3 МиБ, 1 234 замера, повреждений нет");
  const shared = (signs: number) =>
    warn({ topic: "line", device: { kind: "inverter", name: "inverter", is_only: true } }, "second_master", { signs });
  assert.match(said("en", shared(1)), /: 1 unasked frame or byte on the line$/);
});
