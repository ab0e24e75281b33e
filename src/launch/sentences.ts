/** What a refused start is about, as the sentences of core/messages.ts have it: key and value of service.yaml, and what is wrong. */
export const quoted = (key: string, value: string | number): string => `${key} ${JSON.stringify(String(value))}`;

export const unknownAccount = (key: string, value: string, file: string): string => `${quoted(key, value)} is neither a number nor in ${file}`;

export const accountTooLarge = (key: string, value: string): string => `${quoted(key, value)} is more than the largest number of an account, 4294967294`;

export const unreadableAccounts = (key: string, value: string, file: string): string =>
  `${quoted(key, value)} cannot be looked up, because ${file} cannot be read`;

export const missingTool = (what: string, tool: string, ofPackage: string): string =>
  `${what} needs the program ${tool} of the package ${ofPackage}, which this image lacks`;

export const noWayToBecome = (what: string): string =>
  `${what} needs setpriv (package util-linux), chroot (coreutils), su-exec or gosu, and this image has none of them`;

export const missingCapability = (what: string, capability: string, user: number): string =>
  `${what} needs CAP_${capability}, which n6 (uid ${user}) does not have`;

export const noSuchProgram = (name: string, searchPath: string): string => `${name} (looked for in PATH=${searchPath})`;

export const unreadableVariables = (file: string): string => file;

/** Lines are never quoted: what is not understood may be a password. */
export const wrongLines = (file: string, lines: readonly Readonly<{ line: number; expected: string }>[]): string => {
  const told = lines.slice(0, 5).map(({ line, expected }) => `${file}:${line}: expected ${expected}`).join(', ');
  return lines.length > 5 ? `${told}, and ${lines.length - 5} more` : told;
};

export const secretFile = (name: string, file: string, reason?: string): string =>
  `${name}, which ${name}_FILE says is in ${file}${reason === undefined ? '' : ` (${reason})`}`;

export const noSecretFile = (name: string): string => `${name}, because there is no variable ${name}_FILE that says where it is`;
