import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { linkPackage } from '../../../src/boot/overlay/places.ts';
import { tell, type Report } from '../../../src/core/messages.ts';
import { temporary, write } from '../../help/machine.ts';

const silent = (): void => expect.fail('nothing was to be told');

test('scripts in the directory of a version are found by the path that s6-overlay had linked to it', () => {
  const packages = temporary();
  write(packages, { 's6-overlay-3.2.1.0/etc/x': '', 's6-overlay-3.10.0.0/etc/x': '', 's6-overlay-helpers-1/x': '', 'execline/x': '' });
  linkPackage(packages, silent);
  expect(readlinkSync(path.join(packages, 's6-overlay'))).toBe('s6-overlay-3.10.0.0');
});

test('a link that is there, even one that leads nowhere, is kept; without a version there is nothing to link', () => {
  const packages = temporary();
  write(packages, { 's6-overlay-3.2.1.0/x': '', 's6-overlay@': 's6-overlay-9' });
  linkPackage(packages, silent);
  expect(readlinkSync(path.join(packages, 's6-overlay'))).toBe('s6-overlay-9');
  const other = temporary();
  linkPackage(other, silent);
  linkPackage(path.join(other, 'none'), silent);
  expect(() => readlinkSync(path.join(other, 's6-overlay'))).toThrow();
});

test('a link that cannot be made is told', () => {
  const told: Report[] = [];
  const packages = temporary();
  write(packages, { file: '' });
  linkPackage(path.join(packages, 'file'), (report) => void told.push(report));
  expect(told.map((report) => tell(report).text)).toEqual([
    `cannot link ${packages}/file/s6-overlay to the version of s6-overlay that this image adds to: `
      + `ENOTDIR: not a directory, lstat '${packages}/file/s6-overlay'; link it when the image is built`,
  ]);
});
