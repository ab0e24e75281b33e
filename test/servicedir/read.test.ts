import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/core/definition.ts';
import { problemText } from '../../src/core/messages.ts';
import { interpreterOf } from '../../src/servicedir/beginning.ts';
import { FILES } from '../../src/servicedir/files.ts';
import { fingerprintOf } from '../../src/servicedir/look.ts';
import { readServiceDirectory } from '../../src/servicedir/read.ts';
import { temporary, write, type Files } from '../help/machine.ts';

const RUN = { 'run!': '#!/bin/sh\nexec sleep 1000\n' };

function read(files: Files): ReturnType<typeof readServiceDirectory> & { directory: string; told: string[] } {
  const directory = temporary();
  write(directory, files);
  const result = readServiceDirectory(directory, 'web');
  return { ...result, directory, told: result.problems.map((problem) => problemText(problem).replaceAll(directory, 'DIR')) };
}

describe('a good directory', () => {
  test('run alone is a complete service', () => {
    const { definition, problems, directory } = read(RUN);
    expect(problems).toEqual([]);
    expect(definition).toEqual({ ...DEFAULTS, name: 'web', directory, fingerprint: fingerprintOf(directory) });
  });

  test('every file is read', () => {
    const { definition, problems } = read({
      ...RUN,
      'finish!': '#!/bin/sh\n',
      down: '',
      'notification-fd': '3\n',
      'timeout-kill': '1500',
      'timeout-finish': '0\n',
      'max-death-tally': '9999\n',
      'down-signal': 'quit\n',
      'reload-signal': '12\n',
      'env/A': 'a\n',
      'data/check!': '#!/bin/sh\n',
      'app.conf': 'its own',
    });
    expect(problems).toEqual([]);
    expect(definition).toMatchObject({
      hasFinish: true, startsDown: true, notificationDescriptor: 3, killAfter: 1500, finishWithin: undefined, tallySize: 4096,
      stopSignal: 'SIGQUIT', reloadSignal: 'SIGUSR2',
    });
  });

  test('run may be a program, or a link to one', () => {
    const directory = temporary();
    symlinkSync('/bin/sleep', path.join(directory, 'run'));
    expect(readServiceDirectory(directory, 'web').problems).toEqual([]);
  });

  const GOOD = ['/usr/bin/with-contenv bash', '/command/with-contenv sh', ' /nowhere/execlineb -P', '/bin/sh', '/bin/sh -e', './interpreter'];
  test.each(GOOD)('hashbang %s', (line) => {
    expect(read({ 'run!': `#!${line}\n`, 'interpreter!': '' }).told).toEqual([]);
  });
});

describe('values (spec 1.1.19, 1.1.10)', () => {
  const NUMBERS = ['abc', '-1', '10 000', '', ' 5', '5 ', '5\r', '3s', '+5', '0x10', '4294967296', '1e3', '٣'];
  test.each(NUMBERS)('timeout-kill %j is not understood: the default applies', (value) => {
    const { definition, told } = read({ ...RUN, 'timeout-kill': `${value}\n` });
    expect(definition.killAfter).toBeUndefined();
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('DIR/timeout-kill: expected a number of milliseconds, got "');
    expect(told[0]).toContain('echo 10000 >DIR/timeout-kill (until then: none)');
  });

  test.each([['0', undefined], ['007', 7], ['4294967295', 4294967295], ['5\nnonsense', 5]])('timeout-kill %j is %j', (value, expected) => {
    const { definition, told } = read({ ...RUN, 'timeout-kill': value });
    expect(told).toEqual([]);
    expect(definition.killAfter).toBe(expected);
  });

  test.each(['0', '1', '2', '1024', '99999999999'])('notification-fd %s is refused', (value) => {
    const { definition, told } = read({ ...RUN, 'notification-fd': value });
    expect(definition.notificationDescriptor).toBeUndefined();
    expect(told[0]).toContain(`expected a descriptor from 3 to 1023, got "${value}"`);
  });

  test('bad timeout-finish and max-death-tally fall back to the defaults of s6', () => {
    const { definition, told } = read({ ...RUN, 'timeout-finish': 'soon', 'max-death-tally': '-5' });
    expect(definition).toMatchObject({ finishWithin: 5000, tallySize: 100 });
    expect(told).toHaveLength(2);
  });

  const SIGNALS = [['SIGTERM', 'SIGTERM'], ['sigusr1', 'SIGUSR1'], ['Int', 'SIGINT'], ['9', 'SIGKILL'], ['RTMIN+3', 'SIGRTMIN+3']] as const;
  test.each(SIGNALS)('down-signal %s', (value, expected) => {
    expect(read({ ...RUN, 'down-signal': `${value}\n` }).definition.stopSignal).toBe(expected);
  });

  test.each(['SIGNOPE', '0', '65', ''])('down-signal %j is unknown: TERM', (value) => {
    const { definition, told } = read({ ...RUN, 'down-signal': `${value}\n` });
    expect(definition.stopSignal).toBe('SIGTERM');
    expect(told[0]).toContain(`expected the name or number of a signal, got "${value}"; write it like this: echo TERM >DIR/down-signal`);
  });
});

describe('what cannot be started', () => {
  test('all problems of a directory are told at once', () => {
    const { told } = read({
      finish: '#!/bin/sh\n', 'timeout-kill': '3s\n', 'down-signal': 'SIGNOPE\n', 'notification-fd': '1\n', 'lock-fd': '2\n',
    });
    expect(told).toEqual([
      'DIR/run: expected an executable file; there is none; create it, or remove DIR',
      'DIR/finish: expected an executable file, got "mode 0644"; make it so: chmod +x DIR/finish',
      'DIR/notification-fd: expected a descriptor from 3 to 1023, got "1"; write it like this: echo 3 >DIR/notification-fd (until then: none)',
      'DIR/timeout-kill: expected a number of milliseconds, got "3s"; write it like this: echo 10000 >DIR/timeout-kill (until then: none)',
      'DIR/down-signal: expected the name or number of a signal, got "SIGNOPE"; write it like this: echo TERM >DIR/down-signal (until then: SIGTERM)',
      'DIR/lock-fd: expected a descriptor from 3 to 1023, got "2"; write it like this: echo 4 >DIR/lock-fd (until then: none)',
    ]);
  });

  const RUNS: [what: string, content: string, told: string][] = [
    ['no hashbang', 'exec sleep 1\n', 'DIR/run: expected a first line that names an interpreter, got "exec sleep 1"; begin it with a line such as: #!/bin/sh'],
    ['empty', '', 'DIR/run: expected a first line that names an interpreter, got ""; begin it with a line such as: #!/bin/sh'],
    ['an empty hashbang', '#! \n', 'DIR/run: expected a first line that names an interpreter, got "#! "; begin it with a line such as: #!/bin/sh'],
    ['no such interpreter', '#!/opt/no/bash -e\n',
      'DIR/run: expected an interpreter that exists, got "#!/opt/no/bash -e"; install /opt/no/bash, or correct the first line'],
    ['lines ended as on Windows', '#!/bin/sh\r\n',
      'DIR/run: expected an interpreter that exists, got "#!/bin/sh\\r"; end its lines as Unix does: sed -i \'s/\\r$//\' DIR/run'],
  ];
  test.each(RUNS)('%s', (_what, content, expected) => {
    expect(read({ 'run!': content }).told).toEqual([expected]);
  });

  // Seen with execve(2) itself on Linux 6.18; execvp(3) would hide ENOEXEC by starting a shell.
  const HASHBANGS: [what: string, beginning: string, interpreter: string | undefined][] = [
    ['without a newline', '#!/bin/sh', '/bin/sh'],
    ['blanks around', '#! \t/bin/sh \nexit 0\n', '/bin/sh'],
    ['one that ends with the 256 bytes that Linux reads', `#!${'/'.repeat(247)}bin/sh\n`, `${'/'.repeat(247)}bin/sh`],
    ['one that is cut off there', `#!${'/'.repeat(248)}bin/sh\n`, undefined],
    ['a long argument', `#!/bin/sh ${'x'.repeat(300)}\n`, '/bin/sh'],
    ['an empty line', '#!\n/bin/sh\n', undefined],
    ['a NUL behind it', '#!/bin/sh\0-e\n', '/bin/sh'],
  ];
  test.each(HASHBANGS)('interpreter: %s', (_what, beginning, interpreter) => {
    expect(interpreterOf(beginning.slice(0, 256))).toBe(interpreter);
  });

  test('a finish that cannot be started counts as none', () => {
    expect(read({ ...RUN, finish: '' }).definition.hasFinish).toBe(false);
  });

  test('directories, FIFOs and links in the place of files neither throw nor hang', () => {
    const directory = temporary();
    mkdirSync(path.join(directory, 'run'));
    execFileSync('mkfifo', [path.join(directory, 'timeout-kill'), path.join(directory, 'finish')]);
    symlinkSync('nowhere', path.join(directory, 'down-signal'));
    symlinkSync('down', path.join(directory, 'down'));
    symlinkSync('nowhere', path.join(directory, 'env'));
    writeFileSync(path.join(directory, 'data'), '');
    const { definition, problems } = readServiceDirectory(directory, 'web');
    expect(problems.map(({ file, value }) => [path.basename(file), value])).toEqual([
      ['run', 'a directory'], ['finish', 'no regular file'], ['timeout-kill', 'no regular file'], ['down-signal', 'a link that leads nowhere'],
    ]);
    expect(definition).toMatchObject({ startsDown: false, hasFinish: false });
  });

  test('a directory that is not there', () => {
    const { definition, problems } = readServiceDirectory('/nowhere/web', 'web');
    expect(definition).toMatchObject({ ...DEFAULTS, fingerprint: '' });
    expect(problems.map(problemText)).toEqual([
      '/nowhere/web: expected a directory that can be read, got "no such file or directory (ENOENT)"; look at it: ls -ld /nowhere/web',
    ]);
  });

  test('whatever is in the files, nothing is thrown and every field has a value of its kind', () => {
    const directory = temporary();
    const values = Object.entries(FILES).filter(([, { kind }]) => kind === 'value').map(([name]) => name);
    const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.string().map((text) => Buffer.from(text)));
    fc.assert(fc.property(fc.constantFrom('run', 'finish', ...values), anyBytes, (name, bytes) => {
      writeFileSync(path.join(directory, name), bytes, { mode: 0o755 });
      chmodSync(path.join(directory, name), 0o755);
      const { definition } = readServiceDirectory(directory, 'web');
      expect(definition.stopSignal).toMatch(/^SIG/);
      expect([definition.killAfter, definition.finishWithin].every((n) => n === undefined || (Number.isInteger(n) && n > 0))).toBe(true);
      expect(definition.tallySize).toBeGreaterThanOrEqual(0);
    }), { numRuns: 500 });
  });
});

describe('fingerprint', () => {
  const full: Files = { ...RUN, 'finish!': '#!/bin/sh\n', down: '', 'env/A': 'a\n', 'data/check': '', 'app.conf': '' };
  const changes: [what: string, change: (directory: string) => void][] = [
    ['run is written', (d) => writeFileSync(path.join(d, 'run'), '#!/bin/sh\nexec sleep 2000\n')],
    ['run is touched', (d) => utimesSync(path.join(d, 'run'), 1, 1.5)],
    ['run loses its mode', (d) => chmodSync(path.join(d, 'run'), 0o644)],
    ['run is replaced by the same', (d) => execFileSync('sh', ['-c', 'cp -p run next && mv next run'], { cwd: d })],
    ['a file of the list is added', (d) => writeFileSync(path.join(d, 'timeout-kill'), '')],
    ['a variable is written in place', (d) => writeFileSync(path.join(d, 'env/A'), 'longer\n')],
    ['data gets a file', (d) => writeFileSync(path.join(d, 'data/more'), '')],
  ];
  test.each(changes)('changes when %s', (_what, change) => {
    const { definition, directory } = read(full);
    change(directory);
    expect(fingerprintOf(directory)).not.toBe(definition.fingerprint);
  });

  const others: [what: string, change: (directory: string) => void][] = [
    ["the service's own files change", (d) => writeFileSync(path.join(d, 'app.conf'), 'new')],
    ['s6 directories appear', (d) => mkdirSync(path.join(d, 'supervise'))],
    ['down comes or goes', (d) => execFileSync('rm', [path.join(d, 'down')])],
    ['a logger is added, which has a fingerprint of its own', (d) => mkdirSync(path.join(d, 'log'))],
    ['nothing changes', () => undefined],
  ];
  test.each(others)('stays when %s', (_what, change) => {
    const { definition, directory } = read(full);
    change(directory);
    expect(fingerprintOf(directory)).toBe(definition.fingerprint);
  });

  test('is empty for what cannot be read', () => expect(fingerprintOf('/nowhere')).toBe(''));
});
