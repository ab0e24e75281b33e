/** The master's socket (`haproxy -W -S PATH`): its processes, its reloads, and through it the runtime API of each worker, old ones too. */
import { readProcesses, readStat, type Processes, type Stat } from '../core/haproxy/show.ts';
import { ask, HaproxyError, type AskOptions } from './ask.ts';

/** `current`: the one that takes connections; else the pid of any of them, also of one that only finishes. */
export type Worker = 'current' | number;

export type Master = Readonly<{
  processes(): Promise<Processes>;
  /**
   * Asks for a reload. From 2.7 on it answers when that has ended: `Success=1`, or `Success=0` and what it wrote. 2.6 closes the
   * connection and says nothing.
   */
  reload(): Promise<string>;
  /** The answer of a worker's runtime API, without blanks around it. */
  command(worker: Worker, text: string): Promise<string>;
  stats(worker: Worker): Promise<Stat[]>;
}>;

/** All reject with a HaproxyError. */
export function createMaster(socket: string, options: AskOptions): Master {
  const put = (text: string): Promise<string> => ask(socket, text, options);
  const command = async (worker: Worker, text: string): Promise<string> => (await put(`@${worker === 'current' ? '1' : `!${worker}`} ${text}`)).trim();
  return {
    async processes() {
      return readProcesses(await put('show proc')) ?? refuse(socket, 'show proc', 'the list of its processes; is it the socket of a master (haproxy -W -S)?');
    },
    async reload() {
      try {
        return await put('reload');
      } catch (error) {
        // 2.6 replaces itself with the question still unread.
        if (error instanceof HaproxyError && /ECONNRESET|EPIPE/.test(error.message)) return '';
        throw error;
      }
    },
    command,
    async stats(worker) {
      const answer = await command(worker, 'show stat');
      return readStat(answer) ?? refuse(socket, 'show stat', `a table: ${JSON.stringify(answer.slice(0, 120))}`);
    },
  };
}

function refuse(socket: string, command: string, expected: string): never {
  throw new HaproxyError(`${socket} does not answer "${command}" with ${expected}`);
}
