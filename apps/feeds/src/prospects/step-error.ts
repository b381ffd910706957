/** Why a step of a prospect came to nothing, and so who has to wait for what. */

/**
 * `answer`: what came makes no sense for this prospect. `service`: no answer, or one of trouble. `limit`: there were too many
 * calls. `operator`: the key, the credits or the address are wrong, which no prospect can help.
 */
export type StepTrouble = "answer" | "service" | "limit" | "operator";

/** The message is for people, short, and without what is secret. */
export class StepError extends Error {
  readonly trouble: StepTrouble;

  constructor(trouble: StepTrouble, message: string) {
    super(message);
    this.name = "StepError";
    this.trouble = trouble;
  }
}
