import path from 'node:path';
import { expect, test } from 'vitest';
import { wrap } from '../../src/cli/wrap.ts';
import { serve, type Served } from '../control/serve.ts';
import { lacking } from '../help/needs.ts';
import { onTerminal, svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });
const LONG = `web is waiting ${'for its next start '.repeat(10)}and that is all.`;

test('a paragraph for each, into a pipe on one line', async () => {
  const served = await serve(['db', 'web', 'web-2']);
  served.backend.whys.set('web', { paragraph: LONG });
  expect(await svc(['why', 'web'], at(served))).toEqual({ code: 0, stdout: `${LONG}\n`, stderr: '' });
  expect((await svc(['why', 'db', 'web-*'], at(served))).stdout).toBe('db is down: not started.\n\nweb-2 is down: not started.\n');
  expect(await svc(['why', 'wbe'], at(served))).toEqual({ code: 4, stdout: '', stderr: 'svc: no service named "wbe"; did you mean "web"?\n' });
});

test('--json is the facts', async () => {
  const served = await serve(['web']);
  const facts = {
    deaths: [{ at: '2026-11-22T10:00:00.000Z', lifetime: 0.3, signal: 'SIGSEGV' }], waitsFor: ['db'], nextTry: '2026-11-22T10:00:07.000Z',
    tries: { count: 4, limit: 10 }, reload: null, faults: ['service.yaml:3: unknown key'],
  };
  served.backend.whys.set('web', facts);
  expect(JSON.parse((await svc(['why', 'web', '--json'], at(served))).stdout)).toEqual({
    schema: 1, services: [{ name: 'web', state: 'down', paragraph: 'web is down: not started.', ...facts }],
  });
});

test.runIf(lacking('script').length === 0)('on a terminal its lines fit', async () => {
  const served = await serve(['web']);
  served.backend.whys.set('web', { paragraph: LONG });
  const lines = await onTerminal(40, ['why', 'web'], at(served).environment);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  expect(lines.join(' ')).toBe(LONG);
});

test('a word that is longer has a line of its own', () => {
  expect(wrap('a bb /very/long/path c', 5)).toBe('a bb\n/very/long/path\nc');
  expect(wrap('a bb', undefined)).toBe('a bb');
  expect(wrap('', 5)).toBe('');
});
