/** Members that are written down: in n6.yaml, in variables of the container, or in a file of their own, which is watched. */
import { watch, type FSWatcher } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import type { StaticMember, StaticPlan } from '../core/membership-plan.ts';
import type { Member } from '../core/members.ts';
import { addressOf } from './names.ts';
import type { Listener, MembersReader, Provider } from './provider.ts';

/** Milliseconds in which changes of the directory are one: editors and config maps replace files in several steps. */
const QUIET = 50;

/** A member whose name has no address now is failed, with the address that it had, or is not there if it never had one. */
export function followStatic(plan: StaticPlan, listener: Listener, readMembers: MembersReader): Provider {
  const known = new Map<string, string>();
  let stopped = false;
  let looking = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  /** What the file said when it could be read last. */
  let written: readonly StaticMember[] | undefined;

  async function look(): Promise<void> {
    again = looking;
    if (looking || stopped) return;
    looking = true;
    clearTimeout(timer);
    try {
      do {
        again = false;
        await lookOnce();
      } while (hasMore());
    } catch (error) {
      listener.failed('reading members', error);
    } finally {
      looking = false;
    }
  }
  const hasMore = (): boolean => again;

  async function lookOnce(): Promise<void> {
    const read = plan.file === undefined ? plan.members : await readMembers();
    written = read ?? written;
    if (written === undefined) return listener.lost('its file cannot be read');
    const members = await Promise.all(written.map(resolved));
    if (stopped) return;
    listener.list(members.flat());
    if (read === undefined) listener.lost('its file cannot be read');
    if (written.some(({ address }) => isIP(address) === 0)) timer = setTimeout(() => void look(), plan.interval);
  }

  async function resolved({ name, address: host, port, role, tags }: StaticMember): Promise<Member[]> {
    const address = await addressOf(host);
    if (address !== undefined) known.set(host, address);
    const last = known.get(host);
    return last === undefined ? [] : [{ name, address: last, port, role, tags, status: address === undefined ? 'failed' : 'alive' }];
  }

  /** The directory, because the file may be replaced by another one. */
  function watchFile(file: string): void {
    try {
      watcher = watch(path.dirname(file), () => {
        clearTimeout(quiet);
        quiet = setTimeout(() => void look(), QUIET);
      });
      watcher.on('error', (error) => listener.report('warn', `cannot watch ${file}: ${error.message}; after a change: svc reexec`));
    } catch (error) {
      listener.report('warn', `cannot watch ${file}: ${(error as Error).message}; after a change: svc reexec`);
    }
  }

  if (plan.file !== undefined) watchFile(plan.file);
  void look();
  return {
    look: () => void look(),
    stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(quiet);
      watcher?.close();
    },
    agent: undefined,
  };
}
