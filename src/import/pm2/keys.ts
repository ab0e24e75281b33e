/* eslint-disable max-len -- a key is read in one line */
/** THE list of what an app of pm2 can say (its manual, "Ecosystem File", and its schema), and what becomes of it. docs/how-to/import.md has it. */
import { asText } from './text.ts';

export type KeyEntry = Readonly<{
  type: keyof typeof TYPES;
  /** Other names of it; each name with _ is known without it, too, as camelCase. */
  also?: readonly string[];
  becomes: string;
  /** A value that is not the default. */
  example: unknown;
  /** Why this value has no equivalent, and what to do instead; undefined: nothing is lost. Without it the key is always expressed. */
  lost?: (value: unknown) => string | undefined;
}>;

/** What a value may be, and how that is said. */
export const TYPES = {
  text: { expected: 'a text', is: (value: unknown) => typeof value === 'string' },
  number: { expected: 'a number, 0 or more', is: (value: unknown) => /^\d+(\.\d+)?$/.test(asText(value)) },
  flag: { expected: 'true or false', is: (value: unknown) => /^(true|false)$/.test(asText(value)) },
  words: { expected: 'a text or a list of texts', is: (value: unknown) => [value].flat().every((word) => ['string', 'number'].includes(typeof word)) },
  time: { expected: 'milliseconds, or a number with s, m or h', is: (value: unknown) => /^\d+(ms|s|m|h)?$/.test(asText(value)) },
  variables: { expected: 'names with values', is: (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value) },
  account: { expected: 'a name or a number', is: (value: unknown) => /^[\w.-]+\$?$/.test(asText(value)) && ['string', 'number'].includes(typeof value) },
  mode: { expected: 'fork or cluster', is: (value: unknown) => /^(fork|cluster)(_mode)?$/.test(asText(value)) },
  instances: { expected: 'a number or max', is: (value: unknown) => /^(-?\d+|max)$/.test(asText(value)) },
  codes: { expected: 'exit codes from 0 to 255', is: (value: unknown) => [value].flat().every((code) => /^\d{1,3}$/.test(asText(code)) && Number(code) <= 255) },
  any: { expected: 'a value', is: () => true },
} as const;

const OUTPUT = 'the output goes to that of the container; for a file, make a directory log beside service.yaml, whose run is: exec s6-log -b n10 s52428800 DIR';
const MONITORING = 'n6 does not look into an app';
const whenTrue = (why: string) => (value: unknown): string | undefined => (asText(value) === 'true' ? why : undefined);
const whenFalse = (why: string) => (value: unknown): string | undefined => (asText(value) === 'false' ? why : undefined);
const always = (why: string) => (): string => why;
const outputFile = (value: unknown): string | undefined => (['/dev/stdout', '/dev/stderr', '/dev/null', 'NULL', 'false'].includes(asText(value)) ? undefined : OUTPUT);

const comment = (type: KeyEntry['type'], example: unknown, lost: KeyEntry['lost'], also: readonly string[] = []): KeyEntry =>
  ({ type, also, becomes: 'a comment', example, ...(lost === undefined ? {} : { lost }) });

export const APP_KEYS: Readonly<Record<string, KeyEntry>> = {
  name: { type: 'text', becomes: 'the name of the directory', example: 'other' },
  script: { type: 'text', also: ['exec', 'cmd', 'command'], becomes: '`command`, after its interpreter; with a blank in it a text for sh', example: 'other.js' },
  args: { type: 'words', becomes: '`command`, its last words', example: '--port 80' },
  interpreter: { type: 'text', also: ['exec_interpreter'], becomes: '`command`, its first word; by the end of the name of the script otherwise', example: 'python3' },
  interpreter_args: { type: 'words', also: ['node_args'], becomes: '`command`, after the interpreter', example: '--enable-source-maps' },
  cwd: { type: 'text', becomes: '`cwd`; the directory of the ecosystem file otherwise', example: '/tmp' },
  env: { type: 'variables', becomes: '`env`', example: { A: 'b' } },
  instances: { type: 'instances', becomes: 'fork mode: a service for each; cluster mode: a comment', example: 2 },
  exec_mode: { type: 'mode', becomes: 'nothing for fork; a comment for more than one of cluster', example: 'fork' },
  instance_var: { type: 'text', becomes: '`env`: the number of the instance, where there are several', example: 'NUMBER' },
  increment_var: { type: 'text', becomes: '`env`: counted up, where there are several', example: 'PORT' },
  port: { type: 'number', becomes: '`env: { PORT }`', example: 8080 },
  uid: { type: 'account', also: ['user'], becomes: '`user`', example: 'nobody' },
  gid: { type: 'account', becomes: '`group`', example: 'nogroup' },
  autostart: { type: 'flag', becomes: 'a file `down` when false', example: false },
  autorestart: { type: 'flag', becomes: '`restart: never` when false', example: false },
  stop_exit_codes: { type: 'codes', becomes: '`restart: on-failure` with `success-codes`', example: [0, 3] },
  max_restarts: { type: 'number', becomes: '`give-up: { after }`', example: 5 },
  min_uptime: { type: 'time', becomes: '`backoff: { reset-after }`', example: '5s' },
  restart_delay: { type: 'number', becomes: '`backoff`, each wait the same', example: 3000 },
  exp_backoff_restart_delay: { type: 'number', becomes: '`backoff`, each wait half as long again, up to 15 s', example: 100 },
  kill_timeout: { type: 'number', becomes: '`stop`: INT, and KILL after that time', example: 5000 },
  treekill: { type: 'flag', becomes: '`stop: { group }`: to the process group, where pm2 looks for children', example: false },
  watch: { type: 'any', becomes: '`watch`', example: true },
  watch_delay: { type: 'number', becomes: '`watch: { quiet }`', example: 1000 },
  ignore_watch: comment('words', ['node_modules'], always('watch has no exceptions; name what is to be watched')),
  watch_options: comment('variables', { usePolling: true }, always('watch has no options of chokidar')),
  out_file: {
    type: 'text', also: ['out', 'output', 'out_log'], becomes: '`logs: discard` when it and `error_file` are /dev/null; else a comment', example: 'a.log', lost: outputFile,
  },
  error_file: { type: 'text', also: ['error', 'err', 'err_file', 'err_log'], becomes: 'as `out_file`', example: 'b.log', lost: outputFile },
  log_file: comment('any', 'c.log', outputFile, ['log']),
  disable_logs: comment('flag', true, whenTrue('the output goes to that of the container; logs: discard throws it away')),
  log_type: comment('text', 'json', always('n6 leaves output as it is')),
  log_date_format: comment('text', 'HH:mm', always('n6 leaves output as it is; s6-log with T has times')),
  time: comment('flag', true, whenTrue('n6 leaves output as it is; s6-log with T has times')),
  merge_logs: comment('flag', true, whenTrue('n6 makes no log files'), ['combine_logs']),
  wait_ready: comment('flag', true, whenTrue("there is no channel for process.send('ready'); let n6 ask, with ready: { tcp: PORT }, or have the app tell, with ready: { fd: 3 }")),
  listen_timeout: comment('number', 8000, always('it belongs to ready: { …, timeout }')),
  shutdown_with_message: comment('flag', true, whenTrue("there is no channel for process.send('shutdown'); the app gets the signal of stop: handle SIGINT")),
  kill_retry_time: comment('number', 50, always('n6 is told of the end of a process, and need not look')),
  cron_restart: comment('text', '0 3 * * *',
    (value) => `an app is not restarted by the clock; a oneshot can be started by it: a service with once: true, command: [svc, restart, NAME] and schedule: "${asText(value)}"`, ['cron']),
  max_memory_restart: comment('any', '300M',
    always('n6 restarts nothing for its memory; see limits: { as } or a limit of the container, with restart: always')),
  filter_env: comment('any', true, always('a service has the environment of the container')),
  source_map_support: comment('flag', true, whenTrue('Node has it: interpreter_args: --enable-source-maps')),
  disable_source_map_support: comment('flag', true, always('n6 puts nothing into an app')),
  namespace: comment('text', 'shop', always("n6 has no namespaces; svc takes several names and globs: svc restart 'shop-*'")),
  name_prefix: comment('text', 'a', always('put it before the name of the directory')),
  append_env_to_name: { type: 'flag', becomes: 'the name of the directory, with `--env`', example: true },
  pid_file: comment('text', 'a.pid', always('svc status --json tells the pid'), ['pid']),
  post_update: comment('words', ['npm ci'], always('n6 does not deploy')),
  force: comment('flag', true, whenTrue('a name is one service')),
  username: comment('text', 'me', always('it is what pm2 shows; see uid')),
  vizion: comment('flag', true, whenTrue(MONITORING)),
  pmx: comment('any', true, whenTrue(MONITORING)),
  automation: comment('flag', true, whenTrue(MONITORING)),
  trace: comment('flag', true, whenTrue(MONITORING)),
  disable_trace: comment('flag', false, whenFalse(MONITORING)),
  v8: comment('flag', true, whenTrue(MONITORING)),
  event_loop_inspector: comment('flag', true, whenTrue(MONITORING)),
  deep_monitoring: comment('flag', true, whenTrue(MONITORING)),
  io: comment('variables', { a: 1 }, always(MONITORING)),
  install_url: comment('text', 'https://example.org', always('n6 does not deploy')),
  execute_command: comment('flag', true, undefined),
  windowsHide: comment('flag', true, undefined),
  write: comment('flag', true, undefined),
};

/** Name as it may be written to the name in APP_KEYS. */
export const NAMES: ReadonlyMap<string, string> = new Map(Object.entries(APP_KEYS).flatMap(([key, { also = [] }]) =>
  [key, ...also].flatMap((name): [string, string][] => [[name, key], [camelCase(name), key]])));

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
