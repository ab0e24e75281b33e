/** THE lists of what supervisord's configuration can say (its manual, "Configuration File"), and what becomes of it. docs/how-to/import.md has them. */

export type KeyEntry = Readonly<{
  /** For the documents: what it becomes. */
  becomes: string;
  /** A value that is not the default. */
  example: string;
  /** Why this value has no equivalent, and what to do instead; undefined: nothing is lost. Without it the key is always expressed. */
  lost?: (value: string) => string | undefined;
}>;

const OFF = /^(0|no|off|false|none|auto)?$/i;
const unless = (pattern: RegExp, why: string) => (value: string): string | undefined => (pattern.test(value.trim()) ? undefined : why);
const ROTATION = 'a logger of its own rotates files: s6-log with n and s';
const SOCKET = 'nothing hands a socket to a program; let it listen itself, then remove the file named down';

const comment = (example: string, lost: KeyEntry['lost']): KeyEntry => ({ becomes: 'a comment', example, ...(lost === undefined ? {} : { lost }) });

export const PROGRAM_KEYS: Readonly<Record<string, KeyEntry>> = {
  command: { becomes: '`command`, a list of words; with `%(ENV_X)s` a text for sh, so that the variable is read at each start', example: 'sleep 2' },
  process_name: { becomes: 'the name of the directory', example: 'other' },
  numprocs: { becomes: 'a service for each process', example: '2' },
  numprocs_start: { becomes: 'the first `%(process_num)s`', example: '4' },
  priority: { becomes: '`after` all of the next lower priority', example: '10' },
  autostart: { becomes: 'a file `down` when false', example: 'false' },
  autorestart: { becomes: '`restart`: `always`, `never`, `on-failure` for unexpected', example: 'true' },
  startsecs: { becomes: '`backoff: { reset-after }`; 0: neither `backoff` nor `give-up`', example: '5' },
  startretries: { becomes: '`give-up` after so many and one failures, and the longest wait of `backoff`', example: '7' },
  exitcodes: { becomes: '`success-codes`', example: '0,2' },
  stopsignal: { becomes: '`stop`, its first step', example: 'QUIT' },
  stopwaitsecs: { becomes: 'the time of that step; KILL follows', example: '3' },
  stopasgroup: { becomes: '`stop: { group: true }`', example: 'true' },
  killasgroup: { becomes: 'the files `down-signal`, `timeout-kill` and `flag-timeout-killpg` where `stopasgroup` is not set', example: 'true' },
  user: { becomes: '`user`', example: 'nobody' },
  directory: { becomes: '`cwd`', example: '/tmp' },
  umask: { becomes: '`umask`', example: '027' },
  environment: { becomes: '`env`; with `%(ENV_X)s` in the text for sh', example: 'A="b"' },
  redirect_stderr: comment('true', unless(OFF, 'the two streams stay apart; write the command as a text for sh that ends with 2>&1, if one is wanted')),
  stdout_logfile: { becomes: 'nothing for /dev/stdout; `logs: discard` when both are NONE; else a comment', example: '/var/log/x.log' },
  stdout_logfile_maxbytes: comment('1MB', unless(OFF, ROTATION)),
  stdout_logfile_backups: comment('3', unless(OFF, ROTATION)),
  stdout_capture_maxbytes: comment('1MB', unless(OFF, 'n6 captures nothing')),
  stdout_events_enabled: comment('true', unless(OFF, 'n6 makes no events of output')),
  stdout_syslog: comment('true', unless(OFF, 'pipe it: a directory log whose run is: exec logger')),
  stderr_logfile: { becomes: 'as `stdout_logfile`', example: '/var/log/y.log' },
  stderr_logfile_maxbytes: comment('1MB', unless(OFF, ROTATION)),
  stderr_logfile_backups: comment('3', unless(OFF, ROTATION)),
  stderr_capture_maxbytes: comment('1MB', unless(OFF, 'n6 captures nothing')),
  stderr_events_enabled: comment('true', unless(OFF, 'n6 makes no events of output')),
  stderr_syslog: comment('true', unless(OFF, 'write the command as a text for sh that ends with: 2>&1 | logger')),
  serverurl: comment('http://127.0.0.1:9001', unless(OFF, 'n6 speaks no XML-RPC; its control API is in N6_DIR/control.sock')),
};

/** Of a `[fcgi-program:x]`, besides those of a program. */
export const FCGI_KEYS: Readonly<Record<string, KeyEntry>> = {
  socket: comment('unix:///run/x.sock', () => SOCKET),
  socket_backlog: comment('100', () => SOCKET),
  socket_owner: comment('www', () => SOCKET),
  socket_mode: comment('0700', () => SOCKET),
};

const LOG = 'n6 writes what it has to say to the output of the container';

/** Of `[supervisord]` itself. */
export const MAIN_KEYS: Readonly<Record<string, KeyEntry>> = {
  user: { becomes: '`user` of each program that has none, unless it is root', example: 'nobody' },
  directory: { becomes: '`cwd` of each program that has none', example: '/tmp' },
  umask: { becomes: '`umask` of each program that has none', example: '027' },
  environment: { becomes: '`env` of each program', example: 'A="b"' },
  minfds: { becomes: '`limits: { nofile }` when it is more than 1024', example: '4096' },
  minprocs: comment('500', (value) => (Number(value) <= 200 ? undefined : 'it is the least, and a limit is the most; see limits: { nproc } of service.yaml')),
  nodaemon: comment('true', unless(/./, '')),
  logfile: comment('/tmp/s.log', () => LOG),
  logfile_maxbytes: comment('1MB', unless(OFF, LOG)),
  logfile_backups: comment('3', unless(OFF, LOG)),
  loglevel: comment('debug', () => 'N6_LOG_LEVEL says how much n6 tells'),
  pidfile: comment('/tmp/s.pid', () => 'n6 writes no file with its pid'),
  silent: comment('true', unless(OFF, 'N6_LOG_LEVEL says how much n6 tells')),
  identifier: comment('x', () => 'there is no need to name a supervisor: its services directory is its name'),
  nocleanup: comment('true', unless(OFF, 'n6 makes no log files')),
  childlogdir: comment('/tmp', () => 'n6 makes no log files'),
  strip_ansi: comment('true', unless(OFF, 'n6 leaves output as it is')),
};

/** Sections that are no programs, by the beginning of their names: why they have no equivalent. */
export const OTHER_SECTIONS: Readonly<Record<string, string | undefined>> = {
  'supervisord': undefined,
  'include': undefined,
  'group:': undefined,
  'unix_http_server': 'n6 has a control socket of its own, which svc finds',
  'inet_http_server': 'n6 listens on a Unix socket only',
  'supervisorctl': 'svc takes its place: svc status, svc restart NAME',
  'rpcinterface:': 'n6 speaks HTTP with JSON on its control socket',
  'ctlplugin:': 'svc has no plugins',
  'eventlistener:': 'it speaks a protocol of supervisord; an executable in hooks.d/EVENT takes its place',
};
