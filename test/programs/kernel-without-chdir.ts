/** Starts the way it is done where libc cannot give a new process its directory, and says what came of it. */
import { closeSync, writeSync } from 'node:fs';
import type { KernelListeners } from '../../src/kernel/kernel.ts';
import { loadLibc } from '../../src/kernel/libc.ts';
import { createDescriptorLimit } from '../../src/kernel/limits.ts';
import { makePipe } from '../../src/kernel/pipe.ts';
import { readDescriptor } from '../../src/kernel/reader.ts';
import { createReaper } from '../../src/kernel/reap.ts';
import { createSpawner } from '../../src/kernel/spawn.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const listeners: KernelListeners = {
  exited: (_, exit) => say({ exit }), orphanReaped: () => {}, childless: () => {}, failed: (where, error) => say({ failed: where, error: String(error) }),
};
const libc = { ...loadLibc(), actionsAddChdir: undefined };
const { spawn } = createSpawner(libc, createReaper(libc, listeners), createDescriptorLimit(libc, undefined),
  { softDescriptorLimit: undefined, home: undefined, chdir: false }, listeners.failed);
const [directory] = process.argv.slice(2);
const shared = { directory: directory!, environment: [Buffer.from('A=b')], session: true } as const;

const { read, write } = makePipe(libc);
readDescriptor(read, (chunk) => say({ output: chunk?.toString() ?? 'end' }));
spawn({ ...shared, program: './run', arguments: ['its own name', 'a b', ''], stdio: ['inherit', write, 'inherit'] }, (result) => {
  say('pid' in result);
  closeSync(write);
});
spawn({ ...shared, program: './missing', arguments: ['missing'], stdio: ['null', 'null', 'null'] }, say);
spawn({ ...shared, directory: '/nowhere', program: './run', arguments: ['run'], stdio: ['null', 'null', 'null'] }, say);
