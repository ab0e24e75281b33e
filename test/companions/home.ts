import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { temporary } from '../help/machine.ts';
import { companions, type Ended } from './shells.ts';

/** What a launcher handed over, as the stand-in for n6 says it (test/programs/says-what-it-was-given.cjs). */
export type Given = {
  program: string; arguments: string[]; room: number; environment: Record<string, string>; saved?: { mode: number; bytes: string };
  directory: string; umask: number; pid: number;
};
export const given = ({ stdout }: Ended): Given => JSON.parse(Buffer.from(stdout, 'latin1').toString('utf8')) as Given;
const STAND_IN = path.resolve(import.meta.dirname, '../programs/says-what-it-was-given.cjs');
export const NODE = { N6_NODE: process.execPath };

/** An n6 as scripts/build.mjs lays it out, below `home` of a new directory. */
export function installed(home = 'home'): string {
  const place = path.join(temporary(), home);
  mkdirSync(path.join(place, 'lib'), { recursive: true });
  cpSync(path.join(companions, 'launch'), path.join(place, 'bin'), { recursive: true });
  for (const name of ['init', 'svc']) chmodSync(path.join(place, 'bin', name), 0o755);
  for (const name of ['n6.cjs', 'svc.cjs']) copyFileSync(STAND_IN, path.join(place, 'lib', name));
  return place;
}
