/** A supervisor to be measured. All get the same service programs; each is given them in the form it knows. */
export type Peer = Readonly<{
  name: string;
  /** Programs that must be in PATH. */
  needs: readonly string[];
  /** Writes its configuration for `services` (name to script) below `directory`; gives the command that runs it in the foreground. */
  prepare(directory: string, services: Readonly<Record<string, string>>): readonly string[];
  /** Asks the supervisor to stop everything and end; it is running as `pid`. */
  stop(pid: number, directory: string): void;
}>;
