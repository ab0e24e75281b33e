import { describe, expect, test } from 'vitest';
import { roomForTitle, titleOf, withoutRoom } from '../../src/boot/title.ts';

describe('the title', () => {
  test('names every service as s6 would, behind its own name', () => {
    expect(titleOf([], 100)).toEqual({ title: 'n6', leftOut: 0 });
    expect(titleOf(['a', 'svc-nginx'], 100)).toEqual({ title: 'n6 s6-supervise a s6-supervise svc-nginx', leftOut: 0 });
  });

  test('leaves out what does not fit, counted in bytes, and takes a shorter name behind it', () => {
    const room = Buffer.byteLength('n6 s6-supervise aa');
    expect(titleOf(['aa'], room)).toEqual({ title: 'n6 s6-supervise aa', leftOut: 0 });
    expect(titleOf(['aé', 'b', 'c'], room)).toEqual({ title: 'n6 s6-supervise b', leftOut: 2 });
  });
});

test('only a long blank argument is room, and only the first is taken', () => {
  const blank = ' '.repeat(8192);
  expect(withoutRoom([blank, 'init', blank])).toEqual(['init', blank]);
  expect(withoutRoom(['init', blank])).toEqual(['init', blank]);
  expect(withoutRoom(['', 'init'])).toEqual(['', 'init']);
  expect(roomForTitle()).toBeUndefined();
});
