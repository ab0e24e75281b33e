import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { draw, README, withDrawing } from '../../scripts/draw-states.ts';
import { STATES } from './everything.ts';

test('the diagram in the README is that of the table; after a change: npm run draw', () => {
  const text = readFileSync(README, 'utf8');
  expect(text).toBe(withDrawing(text));
});

test('every state can be entered and left', () => {
  const nodes = [...STATES.flatMap((name) => (name === 'spawning' ? ['spawningRun', 'spawningFinish', 'spawningDown'] : [name])), 'undoing'];
  for (const node of nodes) {
    expect(draw()).toContain(`--> ${node}: `);
    expect(draw()).toContain(`  ${node} --> `);
  }
});

test('a README without its markers is told', () => {
  expect(() => withDrawing('# The core')).toThrow(/cannot draw into .*README\.md/);
});

test('the README names every file of the core', () => {
  const text = readFileSync(README, 'utf8');
  for (const file of readdirSync(path.dirname(README)).filter((name) => name.endsWith('.ts'))) expect(text).toContain(`\`${file}\``);
});
