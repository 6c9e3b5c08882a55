/** A mistake of the user: its message is one line that names the thing and the remedy. */
export class LabError extends Error {
  override name = "LabError";
}
