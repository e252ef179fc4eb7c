/** Secrets live in files of their own that nobody else may read. */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { type SecretFault, SecretUnusable } from "../../base/errors.ts";
import { type Failure, failure } from "../../base/failure/failure.ts";

const MAX_BYTES = 4096;
const FOREIGN_ACCESS = 0o077;

/** First line of the file. @throws SecretUnusable when it is missing, empty, or open to others; the message never holds its content. */
export function readSecretFile(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unusable(path, { code: "unreadable", cause: causeOf(error) });
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.size > MAX_BYTES) throw unusable(path, { code: "no_secret_file" });
    if ((status.mode & FOREIGN_ACCESS) !== 0) {
      throw unusable(path, { code: "open", mode: octal(status.mode) });
    }
    const [secret = ""] = readFileSync(descriptor, "utf8").split(/\r?\n/, 1);
    if (secret.trim() === "") throw unusable(path, { code: "empty" });
    return secret.trim();
  } finally {
    closeSync(descriptor);
  }
}

/** What is wrong with a file that another library reads: the key of TLS is longer than a line. Null = nothing. */
export function faultOfSecret(path: string): SecretFault | null {
  try {
    const { mode } = statSync(path);
    return (mode & FOREIGN_ACCESS) === 0 ? null : { code: "open", mode: octal(mode) };
  } catch (error) {
    return { code: "unreadable", cause: causeOf(error) };
  }
}

const causeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "failed");
const octal = (mode: number) => (mode & 0o777).toString(8).padStart(3, "0");

function unusable(path: string, fault: SecretFault): SecretUnusable {
  return new SecretUnusable(path, fault, faultFailure(path, fault));
}

function faultFailure(path: string, fault: SecretFault): Failure {
  switch (fault.code) {
    case "unreadable":
      return failure("secret_unreadable", { path, error: fault.cause });
    case "no_secret_file":
      return failure("secret_no_file", { path });
    case "open":
      return failure("secret_open", { path, mode: fault.mode });
    case "empty":
      return failure("secret_empty", { path });
  }
}
