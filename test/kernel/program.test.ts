import { expect, test } from 'vitest';
import { beginningOf } from '../../src/kernel/program.ts';
import { file } from './files.ts';

const of = (content: string | Buffer): unknown => beginningOf(file('beginning', content));
const script = (interpreter: string, argument?: string): unknown => ({ kind: 'script', interpreter, argument });

test('a hashbang has an interpreter and at most one argument', () => {
  expect(of('#!/bin/sh\necho')).toEqual(script('/bin/sh'));
  expect(of('#!/bin/sh')).toEqual(script('/bin/sh'));
  expect(of('#! \t/usr/bin/env \t bash -e -u \t\n')).toEqual(script('/usr/bin/env', 'bash -e -u'));
  expect(of('#!/bin/sh\r\n')).toEqual(script('/bin/sh\r'));
  expect(of('#!/bin/sh\0 -x\n')).toEqual(script('/bin/sh'));
});

test('what has none is neither script nor program', () => {
  for (const content of ['', '#', '#!', '#!\n/bin/sh', '#! \n', ' #!/bin/sh\n', 'echo', '\x7fEL']) expect(of(content)).toEqual({ kind: 'neither' });
});

test('no more is read of it than the system reads: 256 bytes', () => {
  const fits = `/${'x'.repeat(253)}`;
  expect(of(`#!${fits.slice(0, -1)}\n`)).toEqual(script(fits.slice(0, -1)));
  expect(of(`#!${fits}y\n`)).toEqual({ kind: 'neither' });
  expect(of(`#!/bin/sh ${'x'.repeat(300)}\n`)).toEqual(script('/bin/sh', 'x'.repeat(256 - '#!/bin/sh '.length)));
});

test('a dynamic program names its loader, in 64 bits and in 32', () => {
  expect(beginningOf('/proc/self/exe')).toMatchObject({ kind: 'binary', loader: expect.stringMatching(/^\/lib.*ld-/) as string });
  expect(of(elf(true, '/lib/ld-musl-x86_64.so.1'))).toEqual({ kind: 'binary', loader: '/lib/ld-musl-x86_64.so.1' });
  expect(of(elf(false, '/lib/ld-linux.so.2'))).toEqual({ kind: 'binary', loader: '/lib/ld-linux.so.2' });
});

test('a broken or static program has none', () => {
  expect(of('\x7fELF')).toEqual({ kind: 'binary', loader: undefined });
  expect(of(Buffer.concat([Buffer.from('\x7fELF\x02\x01', 'latin1'), Buffer.alloc(200, 0xff)]))).toEqual({ kind: 'binary', loader: undefined });
  expect(of(Buffer.concat([Buffer.from('\x7fELF\x02\x01', 'latin1'), Buffer.alloc(200)]))).toEqual({ kind: 'binary', loader: undefined });
});

/** The smallest file whose second program header is PT_INTERP (elf(5)). */
function elf(wide: boolean, loader: string): Buffer {
  const size = wide ? 56 : 32;
  const buffer = Buffer.alloc(512);
  buffer.write('\x7fELF', 'latin1');
  buffer.set([wide ? 2 : 1, 1], 4);
  buffer.writeUInt16LE(size, wide ? 54 : 42);
  buffer.writeUInt16LE(2, wide ? 56 : 44);
  const header = 64 + size;
  buffer.writeUInt32LE(3, header);
  if (wide) {
    buffer.writeBigUInt64LE(64n, 32);
    buffer.writeBigUInt64LE(300n, header + 8);
    buffer.writeBigUInt64LE(BigInt(loader.length + 1), header + 32);
  } else {
    buffer.writeUInt32LE(64, 28);
    buffer.writeUInt32LE(300, header + 4);
    buffer.writeUInt32LE(loader.length + 1, header + 16);
  }
  buffer.write(loader, 300, 'latin1');
  return buffer;
}
