/** A script whose hashbang n6 understands, behind the tools of the image. */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSee } from '../../src/boot/programs.ts';
import type { Launch } from '../../src/core/policy.ts';
import type { LauncherOptions } from '../../src/launch/launcher.ts';
import { temporary, write } from '../help/machine.ts';
import { accounts, asking, said } from './help.ts';

const isRoot = process.getuid!() === 0;
const people = (): Partial<LauncherOptions> => accounts('www:x:1234:1235::/srv/www:/bin/sh\n');

/** An installation without anything but the names, and a container environment. */
function installation(): Partial<LauncherOptions> {
  const directory = temporary();
  write(directory, {
    'home/command/with-contenv!': '#!/bin/sh\necho "the program itself was run" >&2; exit 1\n', 'home/command/execlineb!': '#!/bin/sh\nexit 1\n',
    'environment/FOO': 'container\n', 'environment/PATH': '/usr/bin:/bin\n', 'environment/BAR': 'container\n',
  });
  const home = path.join(directory, 'home');
  const containerEnvironment = path.join(directory, 'environment');
  const environment = [Buffer.from(`PATH=${home}/command:/usr/bin:/bin`)];
  return { home, containerEnvironment, environment: () => environment, through: createSee({ home, containerEnvironment, keepEnvironment: false, places: [] }) };
}

const SAYS = 'echo "$FOO $BAR $HOME $(id -u) $0 $1"\n';

describe.skipIf(!isRoot)('another user', () => {
  test.each<[string, string]>([
    ['with-contenv', `#!/nowhere/with-contenv sh\n${SAYS}`],
    ['execlineb', '#!/nowhere/execlineb -S1\nwith-contenv sh -c "echo \\"$FOO $BAR $HOME $(id -u) ./run $0\\"" ${1}\n'],
  ])('%s: the container environment, and over it what service.yaml says', async (_what, script) => {
    const service = asking({ user: 'www', umask: 0o027, env: { BAR: 'yaml' } }, { 'run!': script });
    // The other user enters it.
    chmodSync(service.directory, 0o755);
    expect(await said(service, ['./run', 'web'], { ...people(), ...installation() })).toBe('container yaml /srv/www 1234 ./run web\n');
  });
});

test('nothing but env: seen through as well, and env is not lost', async () => {
  const launch: Partial<Launch> = { env: { BAR: 'yaml', HOME: '/home' } };
  const service = asking(launch, { 'run!': `#!/nowhere/with-contenv sh\n${SAYS}` });
  expect(await said(service, ['./run', 'web'], installation())).toBe(`container yaml /home ${process.getuid!()} ./run web\n`);
});

test('variables of one start are handed on, too', async () => {
  const service = asking({}, { 'run!': '#!/nowhere/with-contenv sh\necho "$NOTIFY_SOCKET $FOO"\n' });
  expect(await said(service, ['./run', 'web'], installation(), { NOTIFY_SOCKET: '@x' })).toBe('@x container\n');
});
