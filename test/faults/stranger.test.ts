/** A second user of the same computer tries to stop, mislead or read the station, which runs as a user of its own. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { lockPort } from "../../lib/store/port-lock.ts";
import { bundled } from "../support/bundle.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const OWNER = 12_345;
const STRANGER = 65_534;
const SECRET = "123456:planted-secret-token";
const skip = process.getuid?.() !== 0 && "needs root, to be two other users";

/** A board with a station: its folder, a folder for pages that all may read, one that all may write. */
async function board(t: TestContext) {
  const sim = await startSimulatedInverter(t);
  const home = scratchDirectory(t);
  chmodSync(home, 0o755);
  const at = (name: string) => join(home, name);
  for (const [name, mode] of [
    ["state", 0o750],
    ["www", 0o755],
    ["cache", 0o700],
    ["shared", 0o1777],
    ["run", 0o700],
  ] as const) {
    mkdirSync(at(name));
    chmodSync(at(name), mode);
    if (name !== "shared") chownSync(at(name), OWNER, OWNER);
  }
  writeFileSync(at("token"), `${SECRET}\n`, { mode: 0o600 });
  chownSync(at("token"), OWNER, OWNER);
  const write = (more = "") =>
    writeFileSync(
      at("config.yaml"),
      `station: {state_dir: "${at("state")}"}\n` +
        `inverter: {port: "${sim.url}", gap_ms: 5, timeout_ms: 150, retries: 1}\n` +
        `notify: {telegram: {token_file: "${at("token")}", chat_ids: ["1"], api_base: "http://127.0.0.1:9"}}\n${more}`,
      { mode: 0o644 },
    );
  write();
  const env = { PATH: process.env.PATH ?? "", TMPDIR: at("shared"), XDG_CACHE_HOME: at("cache"), HOME: home, AT: home };
  const as = (uid: number) => ({ uid, gid: uid, env, cwd: "/" });
  const second = () => Math.floor(Date.now() / 1000);
  let ended = 0;
  return {
    ...{ sim, home, at, write },
    /** The station's command, as its cron runs it. */
    async run(name: string, args: readonly string[] = [], umask = "022") {
      const words = [process.execPath, bundled(name), ...args, "--config", at("config.yaml")];
      // Two samples of one second are one row, and the tests count rows.
      await waitFor(() => second() > ended, "the next second");
      const child = spawn("sh", ["-c", 'umask "$0"; exec "$@"', umask, ...words], as(OWNER));
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
      const [code] = (await once(child, "close")) as [number | null];
      ended = second();
      return { code, said };
    },
    /** A line of shell of the stranger; his exit code. */
    stranger: (script: string) => spawnSync("sh", ["-c", script], { ...as(STRANGER), encoding: "utf8" }),
    samples: () => {
      const store = openStore(at("state/station.db"), { readonly: true });
      try {
        return Number(store.db.prepare("SELECT count(*) FROM inverter_samples").pluck().get());
      } finally {
        store.close();
      }
    },
    writes: () => sim.log.writes().length,
  };
}

/** All that lies in the station's folder, with its mode. */
function tree(folder: string): [string, number][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => [
    name,
    statSync(join(folder, name)).mode & 0o777,
  ]);
}

/** What he may not do at all. `$AT` is the board's home. */
// biome-ignore format: a case a line
const FORBIDDEN: readonly (readonly [what: string, script: string])[] = [
  ["look into the state folder", "ls $AT/state"],
  ["read the state file", "cat $AT/state/station.db"],
  ["read a backup", "cat $AT/state/backups/*.db.gz"],
  ["read the log of orders", "cat $AT/state/inverter_cmd.lst.log"],
  ["give an order by the command file", "echo 20105=0 >> $AT/state/inverter_cmd.lst"],
  ["take the lock of the port", ": >> $AT/state/locks/*.lock"],
  ["make a file in the state folder", ": > $AT/state/station.db.suspect"],
  ["remove the state file", "rm -f $AT/state/station.db && test ! -e $AT/state/station.db"],
  ["read the copy of the configuration", "cat $AT/cache/solar-station/*"],
  ["put his own copy of the configuration there", "mkdir -p $AT/cache/solar-station && : > $AT/cache/solar-station/config.json"],
  ["read the secret", "cat $AT/token"],
  ["change the configuration", ": >> $AT/config.yaml"],
  ["replace the page", ": > $AT/www/index.html"],
  ["put a file beside the page", "ln -s /etc/passwd $AT/www/other"],
];

/** What nobody can keep him from, and what the station makes of it. `arrange`: before; the run after it must be as ever. */
// biome-ignore format: a case a line
const USELESS: readonly (readonly [what: string, script: string])[] = [
  ["folders under the names that the station would take if its own were away", "for u in 12345 0; do mkdir -p $AT/shared/solar-station-$u-0123456789abcdef; done"],
  ["a link to the password file as a temporary file", "ln -s /etc/passwd $AT/shared/station.db; ln -s /etc/passwd $AT/shared/.index.html.1.tmp"],
  ["a process whose words are a terminal's commands", "(exec -a \"$(printf 'x\\033]0;owned\\007')\" sleep 2) >/dev/null 2>&1 &"],
];

describe("a second user on the same computer", { skip }, () => {
  let place: Awaited<ReturnType<typeof board>>;
  const undo: (() => void)[] = [];
  before(async () => {
    place = await board({ after: (work: () => void) => undo.push(work) } as unknown as TestContext);
    writeFileSync(place.at("state/inverter_cmd.lst"), "20113=50\n", { mode: 0o640 });
    chownSync(place.at("state/inverter_cmd.lst"), OWNER, OWNER);
    place.write(`page: {file: "${place.at("www/index.html")}"}\n`);
    for (const [name, umask] of [
      ["pv1800-dump", "000"],
      ["backup-stats", "000"],
      ["status-page", "077"],
    ] as const) {
      const { code, said } = await place.run(name, [], umask);
      assert.equal(code, 0, said);
    }
  });
  after(() => {
    for (const work of undo.reverse()) work();
  });

  for (const [what, script] of FORBIDDEN) {
    test(`cannot ${what}`, () => assert.notEqual(place.stranger(script).status, 0));
  }

  test("whatever the umask, no file of the station is open to others, and the page is", () => {
    const open = tree(place.at("state")).filter(([, mode]) => (mode & 0o007) !== 0);
    assert.deepEqual(
      open.map(([name, mode]) => `${name} ${mode.toString(8)}`),
      [],
    );
    assert.deepEqual(
      tree(place.at("cache")).filter(([, mode]) => (mode & 0o077) !== 0),
      [],
    );
    assert.equal(place.stranger("cat $AT/www/index.html > /dev/null").status, 0);
  });

  test("the secret is in nothing that he can read", () => {
    const found = place.stranger(`grep -rl planted-secret $AT/www $AT/shared $AT/config.yaml`);
    assert.equal(found.stdout, "");
  });

  for (const [what, script] of USELESS) {
    test(`makes in vain: ${what}`, async () => {
      const [samples, writes] = [place.samples(), place.writes()];
      assert.equal(place.stranger(script).status, 0);
      assert.deepEqual(await place.run("pv1800-dump"), { code: 0, said: "" });
      assert.deepEqual([place.samples(), place.writes()], [samples + 1, writes]);
      assert.doesNotMatch(readFileSync("/etc/passwd", "utf8"), /sqlite|html/i);
    });
  }

  test("a name on the abstract socket that locks were of old stops nobody", async () => {
    const code = `require("net").createServer().listen("\\0solar-station/port/${place.sim.url}", () => console.log("up"))`;
    const squatter = spawn(process.execPath, ["-e", code], {
      uid: STRANGER,
      gid: STRANGER,
      cwd: "/",
      stdio: ["ignore", "pipe", "inherit"],
    });
    undo.push(() => squatter.kill("SIGKILL"));
    await once(squatter.stdout, "data");
    assert.deepEqual(await place.run("pv1800-dump"), { code: 0, said: "" });
  });

  test("while another run holds the port its holder is told, and no word of a stranger", async () => {
    const lock = await lockPort({ id: "solar-station", state_dir: place.at("state") }, place.sim.url, 0);
    try {
      const { code, said } = await place.run("pv1800-dump", ["-v"]);
      assert.equal(code, 75, said);
      assert.match(said, /is held by/);
    } finally {
      lock.release();
    }
  });

  // biome-ignore format: a case a line
  const SHARED: readonly (readonly [what: string, script: string, told: RegExp])[] = [
    ["his own command file", "echo 20105=0 > $AT/shared/cmd.lst", /belongs to user 65534 and was not taken; repair: chown/],
    ["a link", "ln -s /etc/passwd $AT/shared/cmd.lst", /is a symbolic link and was not taken; repair: rm/],
    ["a pipe that hangs who opens it", "mkfifo $AT/shared/cmd.lst", /is a pipe, socket or device and was not taken; repair: rm/],
    ["a directory", "mkdir $AT/shared/cmd.lst", /is a directory and was not taken; repair: rmdir/],
    ["a huge file", "truncate -s 100M $AT/shared/cmd.lst", /belongs to user 65534|more than/],
    ["a folder of claimed files", "mkdir -p $AT/shared/.cmd.lst.claimed; echo 20105=0 > $AT/shared/.cmd.lst.claimed/000000000000001-x; rm -f $AT/shared/cmd.lst", /not a private directory of this program; repair: rm -r/],
  ];
  for (const [what, script, told] of SHARED) {
    test(`a command file in a folder that all may write: ${what} is told, gives no order and stops no sample`, async () => {
      place.write(`orders: {inverter_file: "${place.at("shared/cmd.lst")}"}\n`);
      spawnSync("rm", ["-rf", place.at("shared/cmd.lst")]);
      const [samples, writes] = [place.samples(), place.writes()];
      assert.equal(place.stranger(script).status, 0);
      // A failure that goes on is told to cron once; -v tells it each time.
      const { code, said } = await place.run("pv1800-dump", ["-v"]);
      assert.equal(code, 65, said);
      assert.match(said, told);
      assert.deepEqual([place.samples(), place.writes()], [samples + 1, writes]);
      assert.ok(existsSync("/etc/passwd"));
    });
  }

  test("a page in a folder that all may write: what lies there under its name is replaced, never written through", async () => {
    place.write(`page: {file: "${place.at("shared/index.html")}"}\n`);
    assert.equal(place.stranger("ln -s $AT/state/station.db $AT/shared/index.html; true").status, 0);
    const { code, said } = await place.run("status-page");
    // A sticky folder keeps the station from replacing his link: told, and the state file is whole.
    assert.equal(code, 74, said);
    assert.ok(place.samples() > 0);
  });
});
