/** Sees what a service does in one of the worlds, as s6's own clients and a subscriber see it. */
import { client, field, got, pidOf, stat, status, subscribe, svc, type World } from '../control/s6/clients.ts';
import { lines, until } from '../help/machine.ts';
import path from 'node:path';
import type { Step, Vice } from './vices.ts';

/** All of it is the same in both worlds. */
export type Observation = Readonly<Record<'code' | 'events' | 'fields' | 'line' | 'got' | 'finished' | 'deaths' | 'waits', string>>;
export type Witness = Readonly<{
  /** Resolves when nothing happens any more. */
  rest(): Promise<void>;
  /** One step: what is done, until nothing happens any more. */
  act(step: Step): Promise<void>;
  /** What has happened since `forget`, and how it is. */
  observe(): Promise<Observation>;
  forget(): void;
}>;

/** So long nothing is heard or seen of a service that is at rest. */
const QUIET = 150;
const PAUSED = 1;
const FINISHING = 2;
const WANTED = 4;
const READY = 8;

export async function witness(world: World, vice: Vice): Promise<Witness> {
  const { name } = vice;
  const hear = await subscribe(world, name);
  const finished = (): string[] => lines(path.join(world.directory, name, 'finished'));
  let from = 0;
  let [fromGot, fromFinished] = [0, 0];
  /** Until the events since `from` have these bytes, in this order, or `got` so many lines. */
  let [expected, expectedLines] = ['', 0];
  /** Of the last s6-svc. */
  let code = '';

  const now = (): { flags: number; pid: number } => {
    const bytes = status(world, name);
    return { flags: bytes[34]!, pid: Number(bytes.readBigUInt64BE(24)) };
  };
  const loops = (flags: number): boolean => vice.dies === 'again' && (flags & (WANTED | PAUSED)) === WANTED;

  function restless(): boolean {
    const { flags, pid } = now();
    const heard = hear().slice(from);
    if ((flags & FINISHING) !== 0 || !contains(heard, expected) || got(world, name).length < expectedLines) return true;
    // Between two lives of many it is judged where one has just ended: most of the second is left.
    if (loops(flags)) return pid !== 0 || !heard.endsWith('D');
    if (pid === 0) return (flags & WANTED) !== 0;
    if (vice.dies !== undefined) return (flags & PAUSED) === 0;
    if (vice.ready === true && (flags & READY) === 0) return true;
    return vice.tells === true && !got(world, name).includes(`started ${pid}`);
  }

  async function rest(): Promise<void> {
    let last = '';
    let since = Date.now();
    await until(() => {
      const seen = [hear(), status(world, name).toString('latin1'), got(world, name), finished()].join('|');
      if (seen !== last) [last, since] = [seen, Date.now()];
      return !restless() && Date.now() - since >= (loops(now().flags) ? 0 : QUIET);
    }, () => `${world.directory}/${name} does not come to rest; heard ${hear().slice(from)}, status ${JSON.stringify(now())}, expected ${expected}`, 15_000);
  }

  /** What must be seen of a command, after what must be seen of those before it, before the service can be at rest. */
  function expect(command: string): void {
    const { flags, pid } = now();
    if ((flags & FINISHING) !== 0) return;
    let [alive, paused] = [pid !== 0, (flags & PAUSED) !== 0];
    for (const letter of command === 'KILL' ? ['k'] : command) {
      if (!alive) {
        if (!'uUo'.includes(letter)) continue;
        expected += 'u';
        alive = true;
      } else if (letter === 'p' || letter === 'c') {
        paused = letter === 'p';
      } else if (letter === 'k' || ((!paused || 'dD'.includes(letter)) && !`uUoOQ${vice.deaf ?? ''}`.includes(letter))) {
        expected += 'dD';
        return;
      } else if (!paused && name === 'hears' && !'uUoOQ'.includes(letter)) {
        expectedLines = got(world, name).length + 1;
      }
    }
  }

  async function kill(): Promise<void> {
    const pid = await pidOf(world, name);
    if (pid <= 0) return;
    const before = hear().length;
    process.kill(pid, 'SIGKILL');
    await until(() => hear().slice(before).includes('d') && ((now().flags & FINISHING) !== 0 || hear().slice(before).includes('D')));
  }

  return {
    rest,
    async act({ wait, commands }) {
      if (loops(now().flags)) {
        const before = hear().length;
        await until(() => hear().slice(before).endsWith('D'));
        from = hear().length;
      }
      code = '';
      for (const command of commands) {
        expect(command);
        if (command === 'KILL') await kill();
        else code = String(await svc(world, ...(wait === undefined ? [] : [`-${wait}`, '-T', '2500']), `-${command}`, name));
      }
      await rest();
      [expected, expectedLines] = ['', 0];
    },
    async observe() {
      // Before anything that takes time: a service that loops goes on.
      const events = hear().slice(from).replace('s', '');
      const looping = loops(now().flags);
      const [fields, line, deaths, ...waits] = await Promise.all([
        field(world, looping ? 'wantedup,normallyup,paused' : 'up,wantedup,normallyup,ready,paused,exitcode,signal', name),
        looping ? '' : stat(world, name),
        client(world, 's6-svdt', name),
        ...(looping ? [] : ['-u', '-d'].map((word) => client(world, 's6-svwait', word, '-t', '500', name))),
      ]);
      return {
        code,
        events: looping || vice.dies === 'again' ? events.replace(/(udD)+/g, 'udD') : events,
        fields,
        line: line.replace(/\d+ seconds/g, 'N seconds').replace(/pid \d+/, 'pid P'),
        got: got(world, name).slice(fromGot).map((word) => word.replace(/\d+$/, 'P')).join(','),
        finished: distinct(finished().slice(fromFinished)).join(','),
        deaths: distinct(deaths.stdout.split('\n').map((word) => word.replace(/^@\S+ /, ''))).join(','),
        waits: waits.map(({ code }) => code).join(','),
      };
    },
    forget() {
      from = hear().length;
      [fromGot, fromFinished] = [got(world, name).length, finished().length];
    },
  };
}

const contains = (heard: string, bytes: string): boolean => {
  let at = 0;
  for (const byte of heard) if (byte === bytes[at]) at += 1;
  return at === bytes.length;
};

/** A restart loop repeats itself, in each world as often as there was time. */
const distinct = (words: readonly string[]): string[] => words.filter((word, index) => word !== words[index - 1]);
