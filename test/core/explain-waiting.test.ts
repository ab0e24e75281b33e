import { expect, test } from 'vitest';
import { explainHindered, explainWaiting } from '../../src/core/explain-waiting.ts';

const web = { name: 'web', description: '', since: 2500, ended: '' };

test('what it waits for, and where to look next', () => {
  expect(explainWaiting(web, [{ name: 'db', state: 'starting' }])).toBe(
    'web has been waiting for 2.5 s for db (starting). It is started by itself as soon as that is ready, or done. Look there next: svc why db.');
  const again = { ...web, description: 'the front end', ended: 'exit 1 after 2.0 s' };
  expect(explainWaiting(again, [{ name: 'db', state: 'down' }, { name: 'migrate', state: 'failed' }])).toBe(
    'web (the front end) has been waiting for 2.5 s for db (down), migrate (failed). It last ended with exit 1 after 2.0 s. '
    + 'It is started by itself as soon as all of them are ready, or done. Look there next: svc why db.');
});

test('what is written about it', () => {
  expect(explainHindered(web, 'it needs bd, which is not there; did you mean db?')).toBe(
    'web cannot be started: it needs bd, which is not there; did you mean db? Correct that, then: svc rescan.');
  expect(explainHindered({ ...web, ended: 'exit 0 after 1.0 s' }, 'a circle')).toBe(
    'web cannot be started: a circle. It last ended with exit 0 after 1.0 s. Correct that, then: svc rescan.');
});
