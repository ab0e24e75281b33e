import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownerOf, readFixAttrs, type Account } from '../../src/core/fix-attrs.ts';

const entry = (line: string): unknown => {
  const { entries, problems } = readFixAttrs('f', line);
  expect(problems).toEqual([]);
  return entries[0];
};

test('a line is path, recurse, account and two modes, between blanks and tabs', () => {
  expect(entry('/d/*.log \ttrue\tdaemon:adm,3:4   0640 2750\r')).toEqual({
    from: 'f:1', pattern: '/d/*.log', recurse: true, account: { user: 'daemon', group: 'adm', fallback: { uid: 3, gid: 4 } },
    fileMode: 0o640, directoryMode: 0o2750,
  });
  expect(entry('/d false - - 674')).toEqual({
    from: 'f:1', pattern: '/d', recurse: false, account: undefined, fileMode: undefined, directoryMode: 0o674,
  });
  expect(entry('/d true doesntexist,0:1000 - - # why')).toMatchObject({
    account: { user: 'doesntexist', group: undefined, fallback: { uid: 0, gid: 1000 } },
  });
  expect(entry('/d true 12:13 01777 04755')).toMatchObject({ account: { user: '12', group: '13' }, fileMode: 0o1777, directoryMode: 0o4755 });
});

test('blank lines and comments are skipped, and lines keep their numbers', () => {
  const { entries, problems } = readFixAttrs('/etc/fix-attrs.d/1', '\n# words here\n   # indented\n/a true - - -\n\n/b true - - -');
  expect(problems).toEqual([]);
  expect(entries.map(({ from, pattern }) => [from, pattern])).toEqual([['/etc/fix-attrs.d/1:4', '/a'], ['/etc/fix-attrs.d/1:6', '/b']]);
});

describe('each mistake is told with its file, line and value, and the other lines count', () => {
  for (const [line, value, expected] of [
    ['/d true root 0644', '/d true root 0644', 'five words'],
    ['/a b true root 0644 0755', '/a b true root 0644 0755', 'five words'],
    ['d true root 0644 0755', 'd', 'an absolute path'],
    ['/d yes root 0644 0755', 'yes', 'true or false'],
    ['/d true root:a:b 0644 0755', 'root:a:b', 'USER[:GROUP][,UID:GID]'],
    ['/d true root,adm 0644 0755', 'root,adm', 'USER[:GROUP][,UID:GID]'],
    ['/d true root 0844 0755', '0844', 'a mode in octal digits, or -'],
    ['/d true root 0644 u+x', 'u+x', 'a mode in octal digits, or -'],
    ['/d true root 0644 17777', '17777', 'a mode in octal digits, or -'],
  ] as const) {
    test(line, () => {
      const { entries, problems } = readFixAttrs('f', `/first true - - -\n${line}\n/last true - - -`);
      expect(problems).toEqual([{ file: 'f:2', value, expected, remedy: expect.any(String) as string }]);
      expect(entries.map(({ pattern }) => pattern)).toEqual(['/first', '/last']);
    });
  }
});

test('whatever is written, every line is an entry, a problem, or nothing', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom('/d', 'true', 'root', '-', '0644', ' ', '\n', '#', 'x,1')), (parts) => {
    const text = parts.join(' ');
    const { entries, problems } = readFixAttrs('f', text);
    const meant = text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
    expect(entries.length + problems.length).toBe(meant.length);
  }));
});

describe('whom an account means', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\nbroken\ndaemon:x:2:5:::\n12:x:77:78:::\n';
  const groups = 'root:x:0:\nadm:x:4:\nbroken:x::\n';
  const of = (line: string): unknown => ownerOf((entry(`/d true ${line} - -`) as { account: Account }).account, passwd, groups);

  for (const [account, owner] of [
    ['daemon', { uid: 2, gid: 5 }],
    ['daemon,3:4', { uid: 2, gid: 5 }],
    ['daemon:adm,3:9', { uid: 2, gid: 4 }],
    ['daemon:11111,3:4', { uid: 2, gid: 11_111 }],
    ['11111:adm', { uid: 11_111, gid: 4 }],
    ['daemon:nobody-has-it,3:9', { uid: 2, gid: 9 }],
    ['nobody-has-it:adm,3:9', { uid: 3, gid: 4 }],
    ['nobody-has-it,3:9', { uid: 3, gid: 9 }],
    ['nobody-has-it,3', { uid: 3, gid: undefined }],
    ['11111', { uid: 11_111, gid: undefined }],
    // The name comes before the number.
    ['12', { uid: 77, gid: 78 }],
    ['2', { uid: 2, gid: 5 }],
    ['nobody-has-it', { unknown: 'nobody-has-it' }],
    ['daemon:nobody-has-it', { unknown: 'nobody-has-it' }],
    ['daemon:nobody-has-it,3', { unknown: 'nobody-has-it' }],
    ['daemon:broken', { unknown: 'broken' }],
  ] as const) {
    test(account, () => expect(of(account)).toEqual(owner));
  }
});
