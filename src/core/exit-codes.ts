/** THE lists of exit codes. Help, reference and tests are derived from them. */

/** What `svc` exits with (contract section 9). */
export const SVC_EXIT = {
  done: { code: 0, sentence: 'done' },
  notFulfilled: { code: 1, sentence: 'the wish was not fulfilled: start, stop, wait, check …' },
  usage: { code: 2, sentence: 'wrong usage' },
  notUp: { code: 3, sentence: 'only status NAME…: one of them is not up' },
  noSuchService: { code: 4, sentence: 'no such service, or a glob that matches nothing' },
  noSupervisor: { code: 5, sentence: 'no supervisor there' },
} as const;

/** What the supervisor itself exits with when it could not do its work. */
export const BOOT_FAILED = 111;
export const ALREADY_SUPERVISED = 100;
/** What a shell gives for a command that cannot be executed, or is not there (sh(1)). */
export const CANNOT_EXECUTE = 126;
export const NOT_FOUND = 127;

export type Ending = Readonly<{
  /** Set when CMD ended by itself; not when the shutdown ended it. */
  command: number | undefined;
  /** Set when a critical service ended the container. */
  critical: number | undefined;
  /** Set when a failure while booting ended the container (S6_BEHAVIOUR_IF_STAGE2_FAILS=2). */
  boot: number | undefined;
  /** Content of the `exitcode` file, if it can be read. */
  exitcodeFile: string | undefined;
}>;

/** The container's exit code after an ordered shutdown (contract section 11). */
export function containerExitCode({ command, critical, boot, exitcodeFile }: Ending): number {
  if (command !== undefined) return command;
  if (critical !== undefined) return critical;
  if (boot !== undefined) return boot;
  const written = /^\s*(\d{1,3})\s*$/.exec(exitcodeFile?.split('\n')[0] ?? '');
  const code = written === null ? 0 : Number(written[1]);
  return code <= 255 ? code : 0;
}
