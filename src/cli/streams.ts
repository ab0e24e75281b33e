import { write } from './write.ts';

/**
 * yargs reads process.stdout.columns when it is loaded, and node:assert, which yargs and node:http load, process.stderr.isTTY.
 * Opening these as streams sets O_NONBLOCK on a pipe that services may share (see write.ts), so both find a stand-in.
 */
export function keepStreamsClosed(): void {
  for (const [name, descriptor] of [['stdout', 1], ['stderr', 2]] as const) {
    const standIn = { columns: WIDTH, isTTY: false, write: (text: string) => write(descriptor, text) };
    Object.defineProperty(process, name, { value: standIn, configurable: true });
  }
}

/** Columns of help. */
export const WIDTH = 80;
