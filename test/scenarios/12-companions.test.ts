/**
 * 12xx: n6's own companions in the place of s6's clients. The table that holds for Debian's clients (8-s6-clients) holds for
 * them, too, with n6 and with the real s6-svscan, in each shell.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { SHELLS } from '../companions/shells.ts';
import { COMMANDS } from '../control/s6/cases-of-commands.ts';
import { LIVES } from '../control/s6/cases-of-lives.ts';
import { supervised, type Case, type World } from '../control/s6/clients.ts';
import { root, supervise, temporary, until, write, type Files } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const CASES = [...COMMANDS, ...LIVES];
const command = path.join(root, 'build/n6/command');

/** All of them in the first shell; what the companions do in the others is test/companions' concern, so that some will do. */
const casesOf = (shell: string): readonly Case[] =>
  (shell === SHELLS[0]!.shell ? CASES : CASES.filter((_case, index) => index % 4 === 0));

describe.each(SHELLS)('in $shell', ({ shell, words, missing }) => {
  beforeEach(() => {
    const place = temporary();
    const names = readdirSync(command).filter((name) => name.startsWith('s6-'));
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
    await check({ ...of(machine.process), directory: machine.services, ended: machine.ended });
    // Stamps of today are the companions' own; the table's subscribers have others.
    const left = readdirSync(machine.services, { recursive: true, encoding: 'utf8' }).filter((file) => /event\/.*:@?400000006/.test(file));
    expect(left).toEqual([]);
  });
});

const of = (process: ChildProcess): Pick<World, 'pid' | 'signal'> => ({ pid: process.pid!, signal: (name) => void process.kill(name) });

/** The real one, ended with its services when the test ends. */
async function realWorld(files: Files): Promise<World> {
  const directory = path.join(temporary(), 'services.d');
  mkdirSync(directory);
  write(directory, files);
  const child = spawn('s6-svscan', [directory], { stdio: 'ignore' });
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  });
  const world = { ...of(child), directory, ended };
  for (const name of new Set(Object.keys(files).map((file) => file.split('/')[0]!))) {
    await until(() => existsSync(path.join(directory, name, 'supervise')) && supervised(world, name));
  }
  return world;
}
