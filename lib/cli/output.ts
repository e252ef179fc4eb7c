import { EXIT } from "../base/errors.ts";
import { Log } from "./log.ts";

let guarded = false;

/** Writes an answer of `command` ("station export") to stdout. The stream is made by the first: a run that says nothing does without it. */
export function answerWith(command: string, text: string): void {
  if (!guarded) {
    guarded = true;
    // A reader that has seen enough (`| head`) closes the pipe: no failure, and nothing more to print.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      new Log(command.split(" ")[0] as string, 0).error(`the answer cannot be written: ${error.message}`);
      process.exitCode = EXIT.io;
    });
  }
  process.stdout.write(text);
}
