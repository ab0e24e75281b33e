import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from '../../src/core/line-diff.ts';

test('changes with three lines around them', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
  expect(lineDiff(before, before.replace('e', 'E').replace('h', 'h\ni'))).toEqual(['@@ -2,7 +2,8 @@', ' b', ' c', ' d', '-e', '+E', ' f', ' g', ' h', '+i']);
  expect(lineDiff('', 'a\n')).toEqual(['@@ -0,0 +1,1 @@', '+a']);
  expect(lineDiff(before, before)).toEqual([]);
});

test('what is taken away and what is added make the one text of the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 }).map((lines) => lines.map((line) => `x${line}\n`).join(''));
  fc.assert(fc.property(text, text, (before, after) => {
    const from = before.split('\n').slice(0, -1);
    const to: string[] = [];
    let at = 0;
    for (const line of lineDiff(before, after)) {
      const [, start, count] = /^@@ -(\d+),(\d+)/.exec(line) ?? [];
      if (start !== undefined) {
        const next = Number(count) === 0 ? Number(start) : Number(start) - 1;
        to.push(...from.slice(at, next));
        at = next;
      } else if (line.startsWith('+')) to.push(line.slice(1));
      else {
        expect(from[at]).toBe(line.slice(1));
        if (line.startsWith(' ')) to.push(from[at]!);
        at++;
      }
    }
    to.push(...from.slice(at));
    expect(to).toEqual(after.split('\n').slice(0, -1));
  }));
});
