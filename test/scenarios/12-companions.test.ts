/**
 * 12xx: n6's own companions in the place of s6's clients. The table that holds for Debian's clients (8-s6-clients) holds for
 * them, too, with n6 and with the real s6-svscan, in each shell.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SHELLS } from '../companions/shells.ts';
import { COMMANDS } from '../control/s6/cases-of-commands.ts';
import { LIVES } from '../control/s6/cases-of-lives.ts';
import type { Case } from '../control/s6/clients.ts';
import { realWorld, worldOf } from '../control/s6/worlds.ts';
import { root, supervise, temporary, write } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const CASES = [...COMMANDS, ...LIVES];
const command = path.join(root, 'build/n6/command');

/** All of them in the first shell; what the companions do in the others is test/companions' concern, so that some will do. */
const casesOf = (shell: string): readonly Case[] =>
  (shell === SHELLS[0]!.shell ? CASES : CASES.filter((_case, index) => index % 4 === 0));

describe.each(SHELLS)('in $shell', ({ shell, words, missing }) => {
  beforeEach(() => {
    const place = temporary();
    // Clients alone: the supervisor of the first world stays the real one.
    const names = readdirSync(command).filter((name) => name.startsWith('s6-') && name !== 's6-svscan');
    write(place, Object.fromEntries(names.map((name) => [`${name}!`, `#!/bin/sh\nexec ${words.join(' ')} ${command}/${name} "$@"\n`])));
    const { PATH } = process.env;
    Object.assign(process.env, { PATH: `${place}:${PATH}`, N6_COMPANIONS: 'own' });
    onTestFinished(() => {
      process.env.PATH = PATH;
      delete process.env.N6_COMPANIONS;
    });
  });

  const skipped = missing || lacking('s6-svscan', 's6-supervise').length > 0;
  test.skipIf(skipped).each(shell === SHELLS[0]!.shell ? CASES : [])('1201 s6-svscan: %s', async (_name, files, check) => {
    await check(await realWorld(files));
  });

  test.skipIf(skipped).each(casesOf(shell))('1202 n6: %s', async (_name, files, check) => {
    const machine = await supervise(files, { environment: { N6_RESTART_RULE: 's6' } });
    await check(worldOf(machine));
    // Stamps of today are the companions' own; the table's subscribers have others.
    const left = readdirSync(machine.services, { recursive: true, encoding: 'utf8' }).filter((file) => /event\/.*:@?400000006/.test(file));
    expect(left).toEqual([]);
  });
});
