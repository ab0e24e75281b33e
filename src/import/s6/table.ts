/** THE list of what becomes of the files of s6 and of s6-rc's sources. docs/how-to/import.md has it; a test holds it against servicedir's. */

/** Of a service directory. */
export const SERVICE_FILES: Readonly<Record<string, string>> = {
  'run': '`command` when it only starts a program; else it stays',
  'finish': 'stays',
  'service.yaml': 'stays, and all else with it',
  'down': 'stays',
  'notification-fd': '`ready: { fd }`',
  'timeout-kill': '`stop`: KILL after that time; stays beside `flag-timeout-killpg`',
  'down-signal': '`stop`; stays beside `flag-timeout-killpg`',
  'flag-timeout-killpg': 'stays: `stop: { group }` would send the first signal to the group, too',
  'reload-signal': '`reload`',
  'timeout-finish': 'stays',
  'max-death-tally': 'stays',
  'lock-fd': 'stays',
  'flag-newpidns': 'stays',
  'env': 'stays, for `s6-envdir ./env` in `run`',
  'data': 'stays',
  'log': 'stays, all of it',
};

/** Of a source of s6-rc, besides those of a service directory. */
export const SOURCE_FILES: Readonly<Record<string, string>> = {
  'type': '`once` for a oneshot; a bundle is no service',
  'up': '`once: { up }`, a list of words; with blocks by execlineb',
  'down': '`once: { down }` of a oneshot; means nothing for a longrun',
  'dependencies.d': '`needs`; a bundle stands for its members',
  'dependencies': 'as `dependencies.d`',
  'contents.d': 'a comment; what `user` does not name gets a file `down`',
  'contents': 'as `contents.d`',
  'producer-for': 'the consumer becomes `log/` of its producer, if it has one only and is no producer itself; else a comment',
  'consumer-for': 'as `producer-for`',
  'pipeline-name': 'a comment',
  'timeout-up': 'a comment',
  'timeout-down': 'a comment',
  'flag-essential': 'a comment',
};
