import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { ConfigError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { Config } from "../config/schema.ts";
import { statusTopic, type Topics } from "../publish/homeassistant/component.ts";
import type { BrokerAddress, SessionOptions } from "../publish/mqtt-session.ts";
import { readSecretFile } from "../publish/notifiers/secret-file.ts";

export const ONLINE = "online";
export const OFFLINE = "offline";

/** Topics of this station. */
export function topicsOf(config: Config): Topics {
  return {
    station: config.station.id,
    base: config.mqtt.base_topic ?? config.station.id,
    prefix: config.mqtt.discovery_prefix,
  };
}

export function clientId(config: Config): string {
  return config.mqtt.client_id ?? `${config.station.id}_mqtt_push`;
}

/** Everything a session needs but its listener. @throws ConfigError for a secret that is missing or open to others */
export function sessionOptions(config: Config): Omit<SessionOptions, "onMessage"> {
  const { mqtt } = config;
  return {
    ...brokerAddress(config),
    keepalive_s: mqtt.keepalive_s,
    timeout_ms: mqtt.timeout_s * 1000,
    session_expiry_s: mqtt.session_expiry_s,
    will: { topic: statusTopic(topicsOf(config)), payload: OFFLINE, delay_s: mqtt.will_delay_s },
  };
}

function brokerAddress(config: Config): BrokerAddress {
  const { mqtt } = config;
  return {
    url: mqtt.url,
    client_id: clientId(config),
    ...credentials(mqtt.username, mqtt.password_file),
    ...(mqtt.ca_file === null ? {} : { ca: authority(mqtt.ca_file) }),
    ...(mqtt.cert_file === null || mqtt.key_file === null ? {} : ownCertificate(mqtt.cert_file, mqtt.key_file)),
  };
}

function authority(path: string): string {
  const text = pem(path, "mqtt.ca_file", false);
  certificate(text, path, "mqtt.ca_file");
  return text;
}

/** Certificate and key of this client. TLS would find out too late, and in words of its own, that they do not belong together. */
function ownCertificate(cert_file: string, key_file: string): { cert: string; key: string } {
  const cert = pem(cert_file, "mqtt.cert_file", false);
  const key = pem(key_file, "mqtt.key_file", true);
  const parsed = certificate(cert, cert_file, "mqtt.cert_file");
  if (!parsed.checkPrivateKey(privateKey(key, key_file))) {
    throw new ConfigError(failure("certificate_of_other_key", { path: key_file, certificate: cert_file }));
  }
  return { cert, key };
}

function certificate(text: string, path: string, key: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new ConfigError(failure("certificate_form", { key, path }));
  }
}

function privateKey(text: string, path: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new ConfigError(failure(/ENCRYPTED/.test(text) ? "key_encrypted" : "key_form", { path }));
  }
}

/** The file holds the password of `username`, or in the original's form `user password` in one line. */
function credentials(username: string | null, path: string | null): { username?: string; password?: string } {
  if (path === null) return {};
  const line = readSecretFile(path);
  if (username !== null) return { username, password: line };
  const [, user, password] = /^(\S+)\s+(.+)$/.exec(line) ?? [];
  if (user === undefined || password === undefined) {
    throw new ConfigError(failure("password_form", { path }));
  }
  return { username: user, password };
}

function pem(path: string, key: string, isSecret: boolean): string {
  try {
    const fd = openSync(path, "r");
    try {
      const mode = fstatSync(fd).mode & 0o777;
      if (isSecret && (mode & 0o077) !== 0) {
        throw new ConfigError(failure("key_open", { path, mode: mode.toString(8) }));
      }
      return readFileSync(fd, "utf8");
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code = "failed" } = error as NodeJS.ErrnoException;
    throw new ConfigError(failure("pem_unreadable", { key, path, error: code }));
  }
}
