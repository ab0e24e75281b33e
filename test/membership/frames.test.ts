import { encode, ExtData } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFramer } from '../../src/membership/rpc/frames.ts';
import { decodeMessage, membersIn } from '../../src/membership/rpc/wire.ts';

const value = fc.letrec((tie) => ({
  one: fc.oneof(
    fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.string(), fc.string({ minLength: 200, maxLength: 300 }), fc.uint8Array(),
    fc.constant(new ExtData(5, new Uint8Array(3))), fc.constant(new ExtData(5, new Uint8Array(16))), fc.array(tie('one'), { maxLength: 3 }),
    fc.dictionary(fc.string().filter((key) => key !== '__proto__'), tie('one'), { maxKeys: 3 }),
  ),
})).one;

test('a stream cut anywhere gives the values that went in', () => {
  fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(200), { minLength: 1 }), (values, cuts) => {
    const stream = Buffer.concat(values.map((one) => encode(one, { maxDepth: 1000 })));
    const framer = createFramer();
    const frames: Buffer[] = [];
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const length = Math.max(1, cuts[turn % cuts.length]!);
      frames.push(...framer.push(stream.subarray(at, at + length)));
      at += length;
    }
    expect(frames.map((frame) => frame.toString('hex'))).toEqual(values.map((one) => Buffer.from(encode(one, { maxDepth: 1000 })).toString('hex')));
  }), { numRuns: 500 });
});

describe('what is beyond the limits ends at once, whatever it announces', () => {
  for (const [what, bytes, message] of [
    ['a text of 4 GB', [0xdb, 0xff, 0xff, 0xff, 0xff], /more than/],
    ['an array of 4,000 million', [0xdd, 0xff, 0xff, 0xff, 0xff], /more than/],
    ['a map of 4,000 million', [0xdf, 0xff, 0xff, 0xff, 0xff], /more than/],
    ['arrays in arrays', Array<number>(17).fill(0x91), /levels/],
    ['a byte that means nothing', [0xc1], /no MessagePack/],
  ] as const) test(what, () => expect(() => createFramer().push(Buffer.from(bytes))).toThrow(message));

  test('a message that never ends', () => {
    const framer = createFramer(1000);
    expect(() => {
      for (;;) framer.push(Buffer.concat([Buffer.from([0xdc, 0, 200]), Buffer.alloc(100)]));
    }).toThrow(/more than 1000 bytes/);
  });
});

test('any bytes give frames, or one TypeError; any frame is decoded, or an Error', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    try {
      for (const frame of createFramer().push(Buffer.from(bytes))) {
        try {
          membersIn(decodeMessage(frame) as Record<string, unknown> | undefined ?? undefined);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
  }), { numRuns: 3000 });
});

describe('members', () => {
  const address = (bytes: readonly number[]): unknown =>
    membersIn({ Members: [{ Name: Buffer.from('a'), Addr: Uint8Array.from(bytes), Status: 'alive', Tags: {} }] })[0]!.address;
  test('addresses', () => {
    expect(address([10, 0, 0, 1])).toBe('10.0.0.1');
    expect(address([...Array<number>(10).fill(0), 255, 255, 10, 0, 0, 1])).toBe('10.0.0.1');
    expect(address([0xfe, 0x80, ...Array<number>(13).fill(0), 1])).toBe('fe80::1');
    expect(address([])).toBe('');
  });

  test('text as str, as raw and as bin is the same; tags may have any name; who has no name or an unknown status is left out', () => {
    /** Given as bytes it is bin, as text str. */
    const raw = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
    const map = (entries: readonly (readonly [Uint8Array | string, unknown])[]): Buffer =>
      Buffer.concat([Buffer.from([0x80 | entries.length]), ...entries.flatMap(([key, one]) => [encode(key), Buffer.isBuffer(one) ? one : encode(one)])]);
    const frame = map([[raw('Members'), Buffer.concat([Buffer.from([0x93]),
      map([['Name', raw('b"\n{{')], ['Addr', raw('\x7f\0\0\x01')], ['Port', 7946], ['Status', raw('alive')],
        [raw('Tags'), map([['__proto__', 'x'], [raw('role'), 'web']])]]),
      map([['Name', 'a'], ['Addr', raw('\x0a\0\0\x01')], ['Port', 0], ['Status', 'leaving'], ['Tags', null]]),
      map([['Name', 'c'], ['Status', 'none']]),
    ])]]);
    const members = membersIn(decodeMessage(frame) as Record<string, unknown>);
    expect(members).toEqual([
      { name: 'a', address: '10.0.0.1', port: undefined, role: '', tags: {}, status: 'leaving' },
      { name: 'b"\n{{', address: '127.0.0.1', port: 7946, role: 'web', tags: Object.fromEntries([['__proto__', 'x'], ['role', 'web']]), status: 'alive' },
    ]);
    expect(Object.keys(members[1]!.tags)).toEqual(['__proto__', 'role']);
  });

  test('no members at all', () => {
    for (const body of [undefined, {}, { Members: null }, { Members: 'x' }, { Members: [null, 1, 'x'] }]) expect(membersIn(body)).toEqual([]);
  });
});
