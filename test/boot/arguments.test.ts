import path from 'node:path';
import { expect, test } from 'vitest';
import { readScanArguments } from '../../src/boot/arguments.ts';

test.each([
  [[], { directory: process.cwd(), period: undefined, notify: undefined }],
  [['-t', '0', '--', '-a'], { directory: path.resolve('-a'), period: undefined, notify: undefined }],
  [['-t', '70', '-d', '7', '--', '/etc/s6'], { directory: '/etc/s6', period: 70, notify: 7 }],
  // setInterval takes what is longer for 1 ms.
  [['-t', '99999999999', '/etc/s6'], { directory: '/etc/s6', period: 2_147_483_647, notify: undefined }],
])('%j', (argv, expected) => expect(readScanArguments(argv)).toEqual(expected));

test('an option that the launcher does not give', () => expect(() => readScanArguments(['-q'])).toThrow(TypeError));
