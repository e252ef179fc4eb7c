import { EXIT } from "../base/errors.ts";
import { type Failure, failure, failureText } from "../base/failure/failure.ts";
import type { Speech } from "../words/index.ts";
import { tellFailure } from "../words/tell-failure.ts";
import { Log } from "./log.ts";

let guarded = false;
let tell: (what: Failure) => string = failureText;

/** From now on a failure of the answer itself is told in these words. */
export function tellAnswersIn(words: Speech): void {
  tell = (what) => tellFailure(what, words);
}

/** Writes an answer of `command` ("station export") to stdout. The stream is made by the first: a run that says nothing does without it. */
export function answerWith(command: string, text: string): void {
  if (!guarded) {
    guarded = true;
    // A reader that has seen enough (`| head`) closes the pipe: no failure, and nothing more to print.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      new Log(command.split(" ")[0] as string, 0).error(tell(failure("answer_not_written", { reason: error.message })));
      process.exitCode = EXIT.io;
    });
  }
  process.stdout.write(text);
}
