/** The master's socket (`haproxy -W -S PATH`): its processes, its reloads, and through it the runtime API of each worker, old ones too. */
import { setTimeout as wait } from 'node:timers/promises';
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

/** Milliseconds in which a master that nobody can talk to has opened its socket again; on a machine that is busy it takes longer. */
const ANEW = 3000;
const PAUSE = 20;

/** All reject with a HaproxyError, or when `abort` of the options is given. */
export function createMaster(socket: string, options: AskOptions): Master {
  /** 2.6 closes its socket when it begins anew for a reload, with what it has not read yet, and opens it again. */
  async function put(text: string, again: readonly (string | undefined)[] = ['refused', 'reset']): Promise<string> {
    for (const end = performance.now() + Math.min(options.within, ANEW); ;) {
      try {
        return await ask(socket, text, options);
      } catch (error) {
        if (!(error instanceof HaproxyError) || !again.includes(error.gone ?? '') || performance.now() >= end) throw error;
        await wait(PAUSE, undefined, { signal: options.abort });
      }
    }
  }

  /** Of what always has one. An end without a word is that of a master that begins anew with the question handed on to a worker. */
  async function answerTo(text: string): Promise<string> {
    for (const end = performance.now() + Math.min(options.within, ANEW); ;) {
      const answer = await put(text);
      if (answer.trim() !== '' || performance.now() >= end) return answer;
      await wait(PAUSE, undefined, { signal: options.abort });
    }
  }

  const words = (worker: Worker, text: string): string => `@${worker === 'current' ? '1' : `!${worker}`} ${text}`;
  const command = async (worker: Worker, text: string): Promise<string> => (await put(words(worker, text))).trim();
  return {
    async processes() {
      const processes = readProcesses(await answerTo('show proc'));
      return processes ?? refuse(socket, 'show proc', 'the list of its processes; is it the socket of a master (haproxy -W -S)?');
    },
    async reload() {
      try {
        return await put('reload', ['refused']);
      } catch (error) {
        // The end of the one that was asked is the beginning of the reload.
        if (error instanceof HaproxyError && error.gone === 'reset') return '';
        throw error;
      }
    },
    command,
    async stats(worker) {
      const answer = await answerTo(words(worker, 'show stat'));
      return readStat(answer) ?? refuse(socket, 'show stat', `a table: ${JSON.stringify(answer.slice(0, 120))}`);
    },
  };
}

function refuse(socket: string, command: string, expected: string): never {
  throw new HaproxyError(`${socket} does not answer "${command}" with ${expected}`);
}
