/** Global set-up of the tests that run real processes: builds once, unless the caller (scripts/test) has just done so. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export default function setup(): void {
  if (process.env.N6_BUILT === '1') return;
  execFileSync(process.execPath, [path.resolve(import.meta.dirname, '../../scripts/build.mjs')], { stdio: 'inherit' });
}
