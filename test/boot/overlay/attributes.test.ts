import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyFixAttrs } from '../../../src/boot/overlay/attributes.ts';
import { problemText, type Problem } from '../../../src/core/messages.ts';
import { run, temporary, write } from '../../help/machine.ts';

/** daemon's numbers on this machine. */
const [, , uid, gid] = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':')).find(([name]) => name === 'daemon')!.map(Number);

const attributes = (file: string): string => {
  const { uid: owner, gid: group, mode } = lstatSync(file);
  return `${owner}:${group} ${(mode & 0o7777).toString(8)}`;
};

type Applied = { failed: boolean; problems: Problem[]; said: string[] };

async function apply(directory: string, lines: string, options: { hidden?: boolean } = {}): Promise<Applied> {
  const said: string[] = [];
  write(directory, { 'fix-attrs.d/01': `${lines}\n` });
  const result = await applyFixAttrs(path.join(directory, 'fix-attrs.d'), {
    hidden: options.hidden ?? false, applying: (file) => void said.push(file), applied: () => undefined, abort: new AbortController().signal,
  });
  return { ...result, said };
}

/** A tree with modes that no line below asks for. */
function tree(): string {
  const directory = temporary();
  write(directory, { 'd/file': '', 'd/.hidden': '', 'd/sub/deep/file': '', 'd/.secret/file': '', 'outside': '' });
  for (const name of ['d/file', 'd/.hidden', 'd/sub/deep/file', 'd/.secret/file', 'outside']) chmodSync(path.join(directory, name), 0o604);
  for (const name of ['d', 'd/sub', 'd/sub/deep', 'd/.secret']) chmodSync(path.join(directory, name), 0o705);
  return directory;
}

describe.runIf(process.getuid?.() === 0)('fix-attrs.d', () => {
  test('B19: files and directories get their modes and the owner, dotfiles are left alone', async () => {
    const directory = tree();
    const result = await apply(directory, `${directory}/d true daemon,3:4 0640 0750`);
    expect(result).toEqual({ failed: false, problems: [], said: [`${directory}/fix-attrs.d/01`] });
    for (const name of ['d/file', 'd/sub/deep/file']) expect(attributes(path.join(directory, name)), name).toBe(`${uid}:${gid} 640`);
    for (const name of ['d', 'd/sub', 'd/sub/deep']) expect(attributes(path.join(directory, name)), name).toBe(`${uid}:${gid} 750`);
    for (const name of ['d/.hidden', 'd/.secret/file']) expect(attributes(path.join(directory, name)), name).toBe('0:0 604');
    expect(attributes(path.join(directory, 'd/.secret'))).toBe('0:0 705');
  });

  test('hidden takes dotfiles in, and a dotfile that is named is always meant', async () => {
    const hidden = tree();
    await apply(hidden, `${hidden}/d true 3:4 0640 0750`, { hidden: true });
    expect(['.hidden', '.secret', '.secret/file'].map((name) => attributes(`${hidden}/d/${name}`))).toEqual(['3:4 640', '3:4 750', '3:4 640']);
    const named = tree();
    await apply(named, `${named}/d/.secret true 3:4 0640 0750`);
    expect(['.secret', '.secret/file', '.hidden'].map((name) => attributes(`${named}/d/${name}`))).toEqual(['3:4 750', '3:4 640', '0:0 604']);
  });

  test('without recursion only what is named changes; - leaves a thing as it is', async () => {
    const directory = tree();
    await apply(directory, `${directory}/d false 3:4 0640 -`);
    expect(attributes(`${directory}/d`)).toBe('3:4 705');
    expect(attributes(`${directory}/d/file`)).toBe('0:0 604');
    await apply(directory, `${directory}/d true - 0600 -`);
    expect(attributes(`${directory}/d`)).toBe('3:4 705');
    expect(attributes(`${directory}/d/sub/deep/file`)).toBe('0:0 600');
  });

  test('a set-user-ID bit that is asked for survives the change of owner', async () => {
    const directory = tree();
    await apply(directory, `${directory}/d/file false 3:4 4755 -`);
    expect(attributes(`${directory}/d/file`)).toBe('3:4 4755');
  });

  test('each part of a path may be a glob; no match is nothing', async () => {
    const directory = tree();
    write(directory, { 'd/sub/other/file': '', 'd/sub/file': '' });
    chmodSync(`${directory}/d/sub/other/file`, 0o604);
    const { failed } = await apply(directory, [
      `${directory}/d/s?b/[!x]*/fi* false 3:4 0640 0750`, `${directory}/d/*/none true root - -`, `${directory}/none true root - -`,
    ].join('\n'));
    expect(failed).toBe(false);
    expect([attributes(`${directory}/d/sub/deep/file`), attributes(`${directory}/d/sub/other/file`)]).toEqual(['3:4 640', '3:4 640']);
    expect(attributes(`${directory}/d/.secret/file`)).toBe('0:0 604');
    expect(lstatSync(`${directory}/d/sub/file`).uid).toBe(0);
  });

  test('a link changes owner itself, and what it leads to is left alone', async () => {
    const directory = tree();
    symlinkSync(`${directory}/outside`, `${directory}/d/link`);
    symlinkSync(directory, `${directory}/d/up`);
    await apply(directory, `${directory}/d true 3:4 0640 0750\n${directory}/d/up true 5:6 0600 0700`);
    expect([lstatSync(`${directory}/d/link`).uid, lstatSync(`${directory}/d/up`).uid]).toEqual([3, 5]);
    expect(attributes(`${directory}/outside`)).toBe('0:0 604');
    // A slash at the end asks for what it leads to.
    symlinkSync(`${directory}/d/sub`, `${directory}/there`);
    await apply(directory, `${directory}/there/ false 7:8 - 0711`);
    expect(attributes(`${directory}/d/sub`)).toBe('7:8 711');
  });

  test('a link that is put in the place of a file while the walk is under way leads nowhere', async () => {
    const directory = tree();
    for (let i = 0; i < 300; i++) writeFileSync(`${directory}/d/f${i}`, '');
    let swapping = true;
    const swap = (): void => {
      if (!swapping) return;
      for (let i = 290; i < 300; i++) {
        symlinkSync(`${directory}/outside`, `${directory}/new`);
        renameSync(`${directory}/new`, `${directory}/d/f${i}`);
        writeFileSync(`${directory}/new`, '');
        renameSync(`${directory}/new`, `${directory}/d/f${i}`);
      }
      setImmediate(swap);
    };
    swap();
    for (let round = 0; round < 10; round++) await apply(directory, `${directory}/d true ${round}:4 0666 0777`);
    swapping = false;
    rmSync(`${directory}/new`, { force: true });
    expect(attributes(`${directory}/outside`)).toBe('0:0 604');
  });

  test('pipes, and names that are no text, are files like others', async () => {
    const directory = tree();
    await run('mkfifo', [`${directory}/d/pipe`]);
    const strange = Buffer.concat([Buffer.from(`${directory}/d/`), Buffer.from([0xff, 0xe4])]);
    writeFileSync(strange, '');
    const { failed } = await apply(directory, `${directory}/d true 3:4 0640 0750`);
    expect(failed).toBe(false);
    expect(attributes(`${directory}/d/pipe`)).toBe('3:4 640');
    expect(lstatSync(strange).uid).toBe(3);
  });

  test('files count in the order of their bytes, and not those that begin with a dot', async () => {
    const directory = tree();
    const line = (numbers: string): string => `${directory}/d false ${numbers} - -`;
    write(directory, { 'fix-attrs.d/9': line('9:9'), 'fix-attrs.d/B': line('11:11'), 'fix-attrs.d/a': line('10:10') });
    write(directory, { 'fix-attrs.d/.z': line('12:12'), 'fix-attrs.d/sub/z': line('13:13') });
    const { said, problems } = await apply(directory, '# nothing');
    expect(problems).toEqual([]);
    expect(said.map((file) => file.split('/').at(-1))).toEqual(['01', '9', 'B', 'a']);
    expect(attributes(`${directory}/d`)).toBe('10:10 705');
  });

  test('what cannot be understood or done is told with its line, and the rest is done', async () => {
    const directory = tree();
    const { failed, problems } = await apply(directory, [
      `${directory}/d true no-such-user 0600 0700`, `${directory}/d maybe root - -`, '/proc/self/status false - 0640 -', `${directory}/d false 3:4 - -`,
    ].join('\n'));
    expect(failed).toBe(true);
    const file = `${directory}/fix-attrs.d/01`;
    expect(problems.map((problem) => problemText(problem))).toEqual([
      `${file}:2: expected true or false, got "maybe"; write true to change what is below the directory, too`,
      `${file}:1: expected an account of /etc/passwd or /etc/group, or a number, got "no-such-user"; `
        + 'add it to the image, or name numbers to fall back on: no-such-user,1000:1000',
      `${file}:3: expected a path whose owner and mode can be changed: operation not permitted (EPERM), got "/proc/self/status"; `
        + 'give the container the rights it lacks, or take the line out and set owners where the volume is made',
    ]);
    expect(attributes(`${directory}/d`)).toBe('3:4 705');
  });

  test('the same failure of many files is one problem', async () => {
    const directory = tree();
    const { problems } = await apply(directory, '/proc/self/status false - 0640 -\n/proc/self/task true - 0640 0750');
    expect(problems).toHaveLength(2);
    expect(problems[1]!.expected).toMatch(/^a path whose owner and mode can be changed: operation not permitted \(EPERM\), and \d+ more below$/);
  });

  test('an abort keeps further files as they are, and counts as failed', async () => {
    const directory = tree();
    for (let i = 0; i < 200; i++) writeFileSync(`${directory}/d/sub/f${i}`, '');
    const abort = new AbortController();
    const options = { hidden: false, abort: abort.signal, applying: () => abort.abort(), applied: () => undefined };
    const applied = applyFixAttrs(`${directory}/fix-attrs.d`, options);
    expect(await applied).toEqual({ failed: false, problems: [] });
    write(directory, { 'fix-attrs.d/01': `${directory}/d true 3:4 0640 0750`, 'fix-attrs.d/02': `${directory}/d true 5:6 - -` });
    const result = await applyFixAttrs(`${directory}/fix-attrs.d`, options);
    expect(result).toEqual({ failed: true, problems: [] });
    expect(attributes(`${directory}/d/sub/f199`)).toMatch(/^0:0 /);
  });

  test('the loop turns while a tree is changed', async () => {
    const directory = tree();
    mkdirSync(`${directory}/d/many`);
    for (let i = 0; i < 2000; i++) writeFileSync(`${directory}/d/many/f${i}`, '');
    chownSync(`${directory}/d/many`, 1, 1);
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    await apply(directory, `${directory}/d true 3:4 0640 0750`);
    clearInterval(turn);
    expect(turns).toBeGreaterThan(5);
    expect(attributes(`${directory}/d/many/f1999`)).toBe('3:4 640');
  });
});

test('a directory that is not there has no files; one that cannot be read is a problem', async () => {
  const directory = temporary();
  const options = { hidden: false, applying: () => undefined, applied: () => undefined, abort: new AbortController().signal };
  expect(await applyFixAttrs(`${directory}/none`, options)).toEqual({ failed: false, problems: [] });
  writeFileSync(`${directory}/file`, '');
  const { failed, problems } = await applyFixAttrs(`${directory}/file`, options);
  expect(failed).toBe(true);
  expect(problems.map(({ file, expected }) => [file, expected])).toEqual([[`${directory}/file`, 'something that can be read: not a directory (ENOTDIR)']]);
});
