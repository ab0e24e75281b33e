import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

/** A directory that goes away after the tests of this file. */
export const scratch = mkdtempSync(path.join(tmpdir(), 'n6-kernel-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Where the kernel looks for command/NAME. */
export const home = path.join(scratch, 'home');

/** Makes a file in `scratch` and gives its path. */
export function file(name: string, content: string | Buffer, mode = 0o755): string {
  const place = path.join(scratch, name);
  writeFileSync(place, content);
  chmodSync(place, mode);
  return place;
}
