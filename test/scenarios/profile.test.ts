/** S6_RUNTIME_PROFILE: the start reads /etc/cont-profile.d/PROFILE instead of /etc (spec 4.9, and row 8 of 4.1). */
import { describe, expect, test } from 'vitest';
import { container, inside, until, type Files } from '../help/machine.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
const PLAIN: Files = {
  'etc/cont-init.d/1!': '#!/bin/sh\necho plain script\n', 'etc/s6-overlay/s6-rc.d/plain-source/type': 'longrun\n',
  'etc/s6-overlay/s6-rc.d/plain-source/run!': SLEEPER, 'etc/s6-overlay/s6-rc.d/user/contents.d/plain-source': '',
};
const profile = (files: Files): Files => Object.fromEntries(Object.entries(files).map(([name, content]) => [`etc/cont-profile.d/big/${name}`, content]));

describe.runIf(canMakeNamespaces)('S6_RUNTIME_PROFILE=big', () => {
  const environment = { S6_RUNTIME_PROFILE: 'big' };

  test('scripts, services and sources of the profile run, those of /etc do not', async () => {
    const machine = await container({ 'plain/run!': SLEEPER }, {
      environment,
      rootFiles: { ...PLAIN, ...profile({
        'cont-init.d/1!': '#!/bin/sh\necho big script\n', 'services.d/big/run!': SLEEPER, 's6-overlay/s6-rc.d/big-source/type': 'longrun\n',
        's6-overlay/s6-rc.d/big-source/run!': SLEEPER, 's6-overlay/s6-rc.d/user/contents.d/big-source': '',
      }) },
    });
    for (const name of ['big', 'big-source']) {
      await until(async () => (await machine.svc('wait', name, '--for', 'up', '--timeout', '5s')).code === 0, () => machine.output());
    }
    expect((await machine.svc('status')).stdout).not.toContain('plain');
    expect(machine.output()).toContain('big script\n');
    expect(machine.output()).not.toContain('plain script');
    expect((await inside(machine, 'readlink', '/var/run/s6/etc/services.d')).stdout).toBe('/etc/cont-profile.d/big/services.d\n');
  });

  test('a profile without services has none', async () => {
    const machine = await container({ 'plain/run!': SLEEPER }, {
      environment, ready: false, command: ['sh', '-c', 'svc status --json; exit 4'], rootFiles: profile({ 'cont-init.d/1!': '#!/bin/sh\necho big script\n' }),
    });
    expect(await machine.ended).toBe(4);
    expect(machine.output()).toContain('big script\n');
    expect(machine.output()).not.toContain('plain');
    expect(machine.output()).not.toContain('cannot read');
  });
});
