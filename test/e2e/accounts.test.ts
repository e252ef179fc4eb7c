import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { jobState } from "../../lib/store/jobs.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { type Person, runAs } from "../support/accounts.ts";
import { tries } from "../support/campaign.ts";
import type { Finished } from "../support/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const ROOT_ONLY = { skip: process.getuid?.() === 0 ? false : "needs root" };
const GROUP = 64_101;
const OWNER: Person = { uid: 64_101, gid: GROUP, groups: [] };
const MEMBER: Person = { uid: 64_102, gid: 64_102, groups: [GROUP] };
const STRANGER: Person = { uid: 64_103, gid: 64_103, groups: [] };
const SUPERUSER: Person = { uid: 0, gid: 0, groups: [] };
const PEOPLE = { owner: OWNER, member: MEMBER, stranger: STRANGER, root: SUPERUSER } as const;
type Who = keyof typeof PEOPLE;

/** A station as the package leaves it, with one sample of each device; its devices answer. */
async function station(t: TestContext) {
  const home = scratchDirectory(t);
  chmodSync(home, 0o755);
  const state = join(home, "state");
  mkdirSync(state);
  chownSync(state, OWNER.uid, GROUP);
  chmodSync(state, 0o2750);
  for (const name of ["inverter_cmd.lst", "jkbms_cmd.lst"]) {
    writeFileSync(join(state, name), "");
    chownSync(join(state, name), OWNER.uid, GROUP);
    chmodSync(join(state, name), 0o660);
  }
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const config = join(home, "config.yaml");
  const lines = [
    `station: { state_dir: ${state} }`,
    `inverter: { port: "${inverter.url}", gap_ms: 5, timeout_ms: 500 }`,
    `bms: [{ name: bms, port: "${bms.url}", poll_gap_ms: 20, timeout_ms: 500 }]`,
  ];
  writeFileSync(config, `${lines.join("\n")}\n`, { mode: 0o644 });
  chmodSync(config, 0o644);
  const run = (who: Who, command: string, env: Record<string, string> = {}) => {
    const words = command.split(" ");
    return runAs(PEOPLE[who], [...words, "--config", config], { home, env });
  };
  return { home, state, config, run, lines };
}

/** Exit code of each command for owner, member, stranger and root. 74: not allowed, with what to type. */
const TABLE: readonly (readonly [string, number, number, number, number])[] = [
  ["pv1800-dump", 0, 74, 74, 0],
  ["pv1800-dump -v", 0, 74, 74, 0],
  ["pv1800-dump --dry-run", 0, 74, 74, 0],
  ["jkbms-dump", 0, 74, 74, 0],
  ["batmon", 0, 74, 74, 0],
  ["batmon --why", 0, 0, 74, 0],
  ["batmon --mode observe", 0, 74, 74, 0],
  ["mqtt-push", 0, 74, 74, 0],
  ["status-page", 0, 74, 74, 0],
  ["backup-stats", 0, 74, 74, 0],
  ["station status", 0, 0, 74, 0],
  ["station status bms.soc", 0, 0, 74, 0],
  ["station status --json", 0, 0, 74, 0],
  ["station history --csv", 0, 0, 74, 0],
  ["station history --from 1h", 0, 0, 74, 0],
  ["station report", 0, 0, 74, 0],
  ["station report month", 0, 0, 74, 0],
  ["station export -f prometheus -o -", 0, 0, 74, 0],
  ["station export -f influx -o -", 0, 0, 74, 0],
  ["station config check", 0, 0, 0, 0],
  ["station config show", 0, 0, 0, 0],
  ["station config example", 0, 0, 0, 0],
  ["station decode 010300000001840a", 0, 0, 0, 0],
  ["station --version", 0, 0, 0, 0],
  ["inverter-cmd list", 0, 0, 74, 0],
  ["inverter-cmd queue", 0, 0, 74, 0],
  ["inverter-cmd log", 0, 0, 74, 0],
  ["inverter-cmd set ongrid_switch on", 0, 0, 74, 0],
  ["inverter-cmd set 20105 7", 65, 65, 74, 65],
  ["inverter-cmd set ongrid_switch on --now", 0, 74, 74, 0],
  ["inverter-cmd cancel 999", 65, 74, 74, 65],
];

test("what owner, member of the group, stranger and root may do", ROOT_ONLY, async (t) => {
  const { run, state } = await station(t);
  for (const job of ["pv1800-dump", "jkbms-dump", "batmon"]) assert.equal((await run("owner", job)).code, 0, job);
  // Four processes a row: by day every third.
  for (const [command, ...codes] of TABLE.filter((_, index) => index % tries(3, 1) === 0)) {
    const everybody = Object.keys(PEOPLE) as Who[];
    // Who owns a port or writes waits for another one's end; the rest may look side by side.
    const isJob = !/^(station|inverter-cmd (list|queue|log))/.test(command);
    const runs: Finished[] = isJob ? [] : await Promise.all(everybody.map((who) => run(who, command)));
    if (isJob) for (const who of everybody) runs.push(await run(who, command));
    const found = runs.map(({ code }) => code);
    assert.deepEqual(found, codes, `${command}: ${runs.map(({ stderr }) => stderr).join("")}`);
    // Whoever is refused reads one line that ends in something to type.
    for (const { code, stderr } of runs) {
      if (code === 74) assert.match(stderr, /^[^\n]*type: sudo -u 64101 \S[^\n]*\n$/, command);
    }
  }
  for (const name of readdirSync(state))
    assert.equal(statSync(join(state, name)).uid, OWNER.uid, `${name} is the owner's`);
});

test("a member's order comes from the file, under the name of the account", ROOT_ONLY, async (t) => {
  const { run, state } = await station(t);
  assert.equal((await run("owner", "pv1800-dump")).code, 0);
  const given = await run("member", "inverter-cmd set ongrid_switch on");
  assert.match(given.stdout, /written to .*inverter_cmd\.lst; pv1800-dump takes it within a minute/);
  assert.match(readFileSync(join(state, "inverter_cmd.lst"), "utf8"), /^ongrid_switch=on login 64102\n$/);
  await run("owner", "pv1800-dump");
  const store = openStore(join(state, "station.db"), { readonly: true });
  t.after(() => store.close());
  const [order] = latestOrders(store, 1);
  assert.deepEqual([order?.login, order?.source, order?.finished_at !== null], ["64102", "file", true]);
  // The file is there again for the next one, still open to the group.
  assert.equal(statSync(join(state, "inverter_cmd.lst")).mode & 0o777, 0o660);
  assert.match((await run("member", "inverter-cmd log")).stdout, /\(command file, 64102\)/);
});

test("root before cron's first run leaves nothing of root's behind", ROOT_ONLY, async (t) => {
  const { run, state } = await station(t);
  assert.equal((await run("root", "pv1800-dump", { SUDO_USER: "anna", SUDO_UID: "1" })).code, 0);
  const foreign = readdirSync(state, { recursive: true, encoding: "utf8" }).filter(
    (name) => statSync(join(state, name)).uid !== OWNER.uid,
  );
  assert.deepEqual(foreign, []);
  assert.equal((await run("owner", "pv1800-dump", { SOLAR_CRON: "1" })).code, 0);
});

test("what a person tries neither uses up nor ends what cron has to tell", ROOT_ONLY, async (t) => {
  const { run, state, config, lines } = await station(t);
  const cron = { SOLAR_CRON: "1" };
  const person = { SSH_CONNECTION: "192.0.2.1 1 192.0.2.2 22" };
  writeFileSync(
    config,
    `${lines.filter((line) => !line.startsWith("inverter")).join("\n")}\ninverter: { port: /nowhere }\n`,
  );
  const byHand = await run("owner", "pv1800-dump", person);
  assert.equal(byHand.code, 69);
  assert.match(byHand.stderr, /nowhere: no such device/);
  const first = await run("owner", "pv1800-dump", cron);
  assert.match(first.stderr, /nowhere: no such device/, "cron's mail is still to come");
  assert.equal((await run("owner", "pv1800-dump", cron)).stderr, "", "and comes once");
  assert.match((await run("owner", "pv1800-dump", person)).stderr, /nowhere/, "a person is told each time");
  writeFileSync(config, `${lines.join("\n")}\n`);
  const good = await run("owner", "pv1800-dump", person);
  assert.deepEqual([good.code, good.stderr], [0, ""]);
  const recovered = await run("owner", "pv1800-dump", cron);
  assert.match(recovered.stderr, /recovered: works again after/, "cron tells the end of what cron has told");
  const store = openStore(join(state, "station.db"), { readonly: true });
  t.after(() => store.close());
  assert.equal(jobState(store, "pv1800-dump").failing_since, null);
  assert.equal(store.db.prepare("SELECT count(*) FROM job_runs").pluck().get(), 3, "runs of cron");
});
