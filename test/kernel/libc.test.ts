import { expect, test } from 'vitest';
import { loadLibc } from '../../src/kernel/libc.ts';
import { launch } from './launch.ts';

const libc = loadLibc();

test('a table of strings holds their bytes, each with its NUL, and ends with NULL', () => {
  const { block, pointers } = libc.table(['ab', '', Buffer.from([0xff]), 'ü']);
  expect(block.subarray(0, 9)).toEqual(Buffer.from([0x61, 0x62, 0, 0, 0xff, 0, 0xc3, 0xbc, 0]));
  const addresses = Array.from({ length: 5 }, (_, index) => pointers.readBigUInt64LE(index * 8));
  expect(addresses.slice(0, 4).map((address) => Number(address - addresses[0]!))).toEqual([0, 3, 4, 6]);
  expect(addresses[4]).toBe(0n);
});

test('a NUL byte inside a string is refused, not cut off', () => {
  expect(() => libc.table(['a\0b'])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

test('the errno of the last call has its name', () => {
  expect(libc.fcntl(987, 1, 0)).toBe(-1);
  expect(libc.errno()).toBe('EBADF');
});

test('without koffi nothing starts, and the message says where it was looked for and what to do', async () => {
  const program = launch('kernel-hears-signals', { koffi: false });
  expect(await program.ended).toBe(1);
  expect(program.noise()).toMatch(/cannot load koffi for linux-.*looked at .*alone\/koffi\.linux_.*\.node.*; install it: npm ci/);
});
