/** What a datagram of sd_notify(3) says: lines of NAME=value, of which those that are not known are passed over. */
import { plain } from './lines.ts';

export type Notice = Readonly<{
  ready: boolean;
  reloading: boolean;
  stopping: boolean;
  /** One line, without control characters. */
  status: string | undefined;
  /** As it was written. */
  mainPid: string | undefined;
  watchdog: 'alive' | 'trigger' | undefined;
  /** Milliseconds; a new one in place of that of `health.watchdog`. */
  watchdogEvery: number | undefined;
}>;

/** Characters of a status. */
const LONGEST_STATUS = 200;

/**
 * EXTEND_TIMEOUT_USEC is not obeyed: how long a service may take is said in its service.yaml. BARRIER, FDSTORE: the descriptors
 * that come with them have been closed (kernel/datagrams.ts), which is the answer to the first and a refusal of the other.
 */
export function readNotice(bytes: Buffer): Notice {
  const fields = new Map<string, string>();
  for (const line of bytes.toString('utf8').split('\n')) {
    const at = line.indexOf('=');
    // As systemd: of several that have one name, the first.
    if (at > 0 && !fields.has(line.slice(0, at))) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  const is = (name: string): boolean => fields.get(name) === '1';
  const status = fields.get('STATUS');
  const every = fields.get('WATCHDOG_USEC') ?? '';
  return {
    ready: is('READY'),
    reloading: is('RELOADING'),
    stopping: is('STOPPING'),
    status: status === undefined ? undefined : plain(status, LONGEST_STATUS),
    mainPid: fields.get('MAINPID'),
    watchdog: is('WATCHDOG') ? 'alive' : fields.get('WATCHDOG') === 'trigger' ? 'trigger' : undefined,
    watchdogEvery: /^[1-9]\d{0,15}$/.test(every) ? Number(every) / 1000 : undefined,
  };
}
