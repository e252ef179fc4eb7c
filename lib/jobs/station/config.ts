import { ConfigError } from "../../base/errors.ts";
import { failure, said } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { exampleConfig } from "../../config/example.ts";
import { configText } from "../../config/show.ts";
import { speechOfStation } from "../../station/voice.ts";
import { openSecrets } from "../../support/host-checks.ts";

/** `station config check`: the file is read before any command runs, so whoever comes here has a good one. */
export async function configCheck(context: Context): Promise<Answer> {
  const path = context.configPath;
  const { doctor, answers } = speechOfStation(context);
  const failures = openSecrets(context.config).map(({ key, path, mode }) => said(doctor.open_secret(key, path, mode)));
  if (failures.length > 0) throw new ConfigError(failure("several", { failures }));
  const text = path === null ? answers.config.no_file : answers.config.valid(path);
  return { json: { path, valid: true }, text: () => text, always: true };
}

/** `station config show`: every key with the value in use. Secrets are not among them: they live in files of their own. */
export async function configShow(context: Context): Promise<Answer> {
  return { json: context.config, text: () => configText(context.config), always: true };
}

/** `station config example`: every key with its default and meaning, for a new file. */
export async function configExample(): Promise<Answer> {
  const text = exampleConfig();
  return { json: { text }, text: () => text, always: true };
}
