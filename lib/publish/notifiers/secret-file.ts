/** Secrets live in files of their own that nobody else may read. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { ConfigError } from "../../base/errors.ts";

const MAX_BYTES = 4096;
const FOREIGN_ACCESS = 0o077;

/** First line of the file. @throws ConfigError when it is missing, empty, or open to others; the message never holds its content. */
export function readSecretFile(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
    throw new ConfigError(`${path}: cannot be read (${code})`);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.size > MAX_BYTES) throw new ConfigError(`${path}: is not a file with a secret`);
    if ((status.mode & FOREIGN_ACCESS) !== 0) {
      const mode = (status.mode & 0o777).toString(8).padStart(3, "0");
      throw new ConfigError(`${path}: mode ${mode} lets others read the secret; run: chmod 600 ${path}`);
    }
    const [secret = ""] = readFileSync(descriptor, "utf8").split(/\r?\n/, 1);
    if (secret.trim() === "") throw new ConfigError(`${path}: is empty`);
    return secret.trim();
  } finally {
    closeSync(descriptor);
  }
}
