/** The names that images expect in /usr/bin and /bin (contract section 2). */
import { lstatSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { container, inside, supervise, until } from '../help/machine.ts';
import { documentFaults } from '../help/svc-schema.ts';
import { canMakeNamespaces } from '../help/privileges.ts';

describe.runIf(canMakeNamespaces)('in a container', () => {
  test('what the image lacks is there before its services ask for it, what it has stays', async () => {
    const machine = await container({
      'web/run!': '#!/bin/sh\nGREETING=none /usr/bin/with-contenv sh -c \'echo "$GREETING"\'\nexec sleep 1000\n',
    }, { environment: { GREETING: 'hello' }, rootFiles: { 'usr/local/bin/s6-svc!': '#!/bin/sh\necho theirs\n' } });
    await until(() => machine.output().includes('hello'), () => machine.output());
    const at = (file: string): string => `/proc/${machine.pid}/root${file}`;
    await until(() => lstatSync(at('/usr/bin/printcontenv')).isSymbolicLink());
    expect(readlinkSync(at('/usr/bin/printcontenv'))).toBe('/usr/lib/n6/command/printcontenv');
    const again = await machine.svc('link');
    expect(again).toEqual({ code: 0, stdout: 'nothing to link\n', stderr: '' });
    await inside(machine, 'rm', '/usr/bin/printcontenv');
    expect(await machine.svc('link')).toEqual({ code: 0, stdout: 'linked /usr/bin/printcontenv\n', stderr: '' });
    await inside(machine, 'rm', '/usr/bin/printcontenv');
    const { stdout } = await machine.svc('link', '--json');
    expect(JSON.parse(stdout)).toEqual({ schema: 1, linked: ['/usr/bin/printcontenv'] });
    expect(documentFaults('link', stdout)).toEqual([]);
    expect((await inside(machine, '/usr/local/bin/s6-svc')).stdout).toBe('theirs\n');
    for (const name of ['svc', 'exit', 'cd']) expect((await inside(machine, 'readlink', `/bin/${name}`)).stdout).not.toContain('n6/command');
  });

  test('where nothing can be linked, that is said to who debugs, and svc link fails', async () => {
    const readOnly = '#!/bin/sh\nset -e\nmount --bind /usr/bin /usr/bin\nmount -o remount,ro,bind /usr/bin\nexec /usr/lib/n6/bin/init "$@"\n';
    const machine = await container({ 'web/run!': '#!/usr/bin/with-contenv sh\necho started\nexec sleep 1000\n' }, {
      environment: { N6_LOG_LEVEL: 'debug' }, rootFiles: { 'init!': readOnly },
    });
    await until(() => machine.output().includes('started'), () => machine.output());
    // The log is opened after the first start.
    await until(() => /cannot link \/usr\/bin\/\S+: [^;]*EROFS[^;]*; /.test(machine.output()), () => machine.output());
    expect(machine.output().match(/cannot link/g)).toHaveLength(1);
    const { code, stderr } = await machine.svc('link');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^svc: cannot link \/usr\/bin\/\S+: .*; run svc link as root in the build/)]);
  });
});

test('outside a container nothing is linked', async () => {
  const machine = await supervise({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n' });
  expect((await machine.svc('status', 'web')).code).toBe(0);
  expect(() => lstatSync('/usr/bin/printcontenv')).toThrow('ENOENT');
});
