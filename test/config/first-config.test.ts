import assert from "node:assert/strict";
import { test } from "node:test";
import { firstConfig } from "../../lib/config/first-config.ts";
import { parseConfig } from "../../lib/config/load.ts";
import { speech } from "../../lib/words/index.ts";

const INVERTER = { port: "/dev/serial/by-id/a", device: "inverter", protocol: null };
const PACK = { port: "/dev/serial/by-id/b", device: "bms", protocol: null };
const first = (found: Parameters<typeof firstConfig>[0], env: NodeJS.ProcessEnv = {}) =>
  firstConfig(found, speech("en").setup, env);

test("the first configuration holds every device that answered, each pack by a name of its own", () => {
  const text = first([INVERTER, PACK, { ...PACK, port: "/dev/serial/by-id/c", protocol: "4e57" }]);
  const { inverter, bms } = parseConfig(text, "config.yaml");
  assert.equal(inverter.port, "/dev/serial/by-id/a");
  assert.deepEqual(
    bms.map(({ name, port, protocol }) => [name, port, protocol]),
    [
      ["bms", "/dev/serial/by-id/b", "auto"],
      ["bms2", "/dev/serial/by-id/c", "4e57"],
    ],
  );
});

test("what did not answer is left to the defaults, and how it is found stands beside it", () => {
  const text = first([]);
  assert.deepEqual(parseConfig(text, "config.yaml").bms, parseConfig("", "config.yaml").bms);
  assert.equal(text.match(/# not found yet: station find/g)?.length, 2);
});

for (const [env, lang] of [
  [{}, "en"],
  [{ LANG: "ru_RU.UTF-8" }, "ru"],
  [{ LANG: "ru_RU.UTF-8", LC_MESSAGES: "en_GB.UTF-8" }, "en"],
  [{ LANG: "en_GB.UTF-8", LC_ALL: "ru_RU.UTF-8" }, "ru"],
  [{ LANG: "sv_SE.UTF-8" }, "en"],
  [{ LANG: "C" }, "en"],
] as const) {
  test(`the station speaks ${lang} where the computer says ${JSON.stringify(env)}`, () =>
    assert.equal(parseConfig(first([INVERTER], env), "config.yaml").station.lang, lang));
}
