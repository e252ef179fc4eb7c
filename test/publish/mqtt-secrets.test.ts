/** Certificates, keys and passwords of the broker: what is wrong with a file is told by its key in the configuration. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ConfigError } from "../../lib/base/errors.ts";
import { configSchema } from "../../lib/config/schema.ts";
import { sessionOptions } from "../../lib/home/broker.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** A certificate with its key, the same key encrypted, another one, and a file that is neither. */
function files(t: TestContext) {
  const folder = scratchDirectory(t);
  const at = (name: string) => join(folder, name);
  const make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", [...make, "-subj", "/CN=test", "-keyout", at("key"), "-out", at("cert")], {
    stdio: "ignore",
  });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = { type: "pkcs8", format: "pem" } as const;
  writeFileSync(at("other"), privateKey.export(pem));
  writeFileSync(at("locked"), privateKey.export({ ...pem, cipher: "aes-256-cbc", passphrase: "secret" }));
  writeFileSync(at("rubbish"), "rubbish\n");
  writeFileSync(at("loose"), readFileSync(at("key")));
  for (const name of ["key", "other", "locked", "rubbish"]) chmodSync(at(name), 0o600);
  chmodSync(at("loose"), 0o644);
  return at;
}

test("certificate and key are handed on when they belong together; else it is told which file is wrong, and how", (t) => {
  const at = files(t);
  const options = (mqtt: Readonly<Record<string, string>>) =>
    sessionOptions(configSchema.parse({ mqtt: { enabled: true, url: "mqtts://localhost:8883", ...mqtt } }));
  const pair = options({ ca_file: at("cert"), cert_file: at("cert"), key_file: at("key") });
  assert.deepEqual(
    [pair.ca, pair.cert, pair.key],
    ["cert", "cert", "key"].map((name) => readFileSync(at(name), "utf8")),
  );
  for (const [mqtt, text] of [
    [{ ca_file: at("none") }, `mqtt.ca_file: ${at("none")} cannot be read (ENOENT)`],
    [{ ca_file: at("rubbish") }, `mqtt.ca_file: ${at("rubbish")} is no certificate in PEM form`],
    [
      { cert_file: at("cert"), key_file: at("loose") },
      `${at("loose")}: mode 644 lets others read the key; run: chmod 600 ${at("loose")}`,
    ],
    [
      { cert_file: at("cert"), key_file: at("locked") },
      `mqtt.key_file: ${at("locked")} is encrypted; a job of cron cannot ask for its password`,
    ],
    [{ cert_file: at("cert"), key_file: at("rubbish") }, `mqtt.key_file: ${at("rubbish")} is no key in PEM form`],
    [
      { cert_file: at("cert"), key_file: at("other") },
      `mqtt.key_file: ${at("other")} is not the key of the certificate ${at("cert")} (mqtt.cert_file)`,
    ],
  ] as const) {
    assert.throws(
      () => options(mqtt),
      (error) => error instanceof ConfigError && error.message === text,
      text,
    );
  }
});
