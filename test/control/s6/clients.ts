/** s6's own clients, and what they and the files show of a service. */
import { closeSync, constants, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { lines, run, until, type Files, type Ran } from '../../help/machine.ts';

export type Case = readonly [name: string, files: Files, check: (world: World) => Promise<void>];
export type World = Readonly<{
  directory: string;
  /** The supervisor's. */
  pid: number;
  /** Sends a signal to the supervisor. */
  signal(name: NodeJS.Signals): void;
  ended: Promise<number>;
}>;

export const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
/** Tells in `got` what it hears; ends by TERM only where it is not told to ignore it. */
export const teller = (signals: string): string =>
  `#!/bin/sh\nfor s in ${signals}; do trap "echo $s >>got" $s; done\necho started >>got\nwhile :; do sleep 0.02; done\n`;
/** Says that it is ready when `go` appears. */
export const READY = '#!/bin/sh\nprintf abc >&3\necho started >>got\nuntil test -e go; do sleep 0.02; done\necho >&3\nexec 3>&-\nexec sleep 1000\n';

export const CLOSES = '#!/bin/sh\nprintf x >&3\nexec 3>&-\necho started >got\nexec sleep 1000\n';

export const client = ({ directory }: World, tool: string, ...words: string[]): Promise<Ran> => run(tool, words, { cwd: directory });
export const svc = async (world: World, ...words: string[]): Promise<number> => (await client(world, 's6-svc', ...words)).code;
export const stat = async (world: World, name = 's'): Promise<string> => (await client(world, 's6-svstat', name)).stdout.trim();
export const field = async (world: World, fields: string, name = 's'): Promise<string> => (await client(world, 's6-svstat', '-o', fields, name)).stdout.trim();
export const pidOf = async (world: World, name = 's'): Promise<number> => Number(await field(world, 'pid', name));
export const status = ({ directory }: World, name = 's'): Buffer => readFileSync(path.join(directory, name, 'supervise/status'));
export const flags = (world: World): number => status(world)[34]!;
export const got = ({ directory }: World, name = 's'): string[] => lines(path.join(directory, name, 'got'));
export const tally = ({ directory }: World, name: string): number =>
  statSync(path.join(directory, name, 'supervise/death_tally'), { throwIfNoEntry: false })?.size ?? 0;
export const mode = ({ directory }: World, file: string): string => (statSync(path.join(directory, file)).mode & 0o7777).toString(8);
export const up = (world: World, name = 's'): Promise<true> => until(async () => (await stat(world, name)).startsWith('up'));
export const down = (world: World): Promise<true> => until(async () => (await stat(world)).startsWith('down'));
export const supervised = async (world: World, name = 's'): Promise<boolean> => (await client(world, 's6-svok', name)).code === 0;

/** A subscriber as spec 2.5.1 makes it. */
export async function subscribe({ directory }: World, name = 's'): Promise<() => string> {
  const hidden = path.join(directory, name, 'event', `.ftrig1:@${'0'.repeat(24)}:aaaaaa`);
  expect((await run('mkfifo', [hidden])).code).toBe(0);
  const reader = openSync(hidden, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  renameSync(hidden, hidden.replace('/.ftrig1', '/ftrig1'));
  let heard = '';
  const buffer = Buffer.alloc(100);
  return () => {
    try {
      heard += buffer.toString('latin1', 0, readSync(reader, buffer));
    } catch {
      // EAGAIN: nothing new.
    }
    return heard;
  };
}
