import path from 'node:path';
import { expect, test } from 'vitest';
import { serve } from '../control/serve.ts';
import { svc } from './svc.ts';

const at = '2026-11-28T10:00:00.000Z';

test('svc members: a line for each, nothing of theirs but text, and as JSON', async () => {
  const served = await serve();
  const options = { environment: { N6_DIR: path.dirname(served.socket) } };
  expect(await svc(['members'], options)).toMatchObject({ code: 0, stdout: 'nobody has told of any member; an agent does with its handler: svc event serf\n' });
  served.backend.known.push(
    { name: 's1', address: '10.0.0.1', role: 'web', tags: { port: '80' }, status: 'alive', at },
    { name: 's2\x1b[31m', address: '10.0.0.2', role: '', tags: { a: 'line\nbreak' }, status: 'failed', at },
  );
  const { code, stdout } = await svc(['members'], options);
  expect([code, stdout.split('\n')]).toEqual([0, [
    'NAME          ADDRESS   STATUS  SINCE                     TAGS',
    `s1            10.0.0.1  alive   ${at}  role=web port=80`,
    String.raw`s2\u001b[31m  10.0.0.2  failed  ${at}  a=line\nbreak`,
    '',
  ]]);
  expect(JSON.parse((await svc(['members', '--json'], options)).stdout)).toMatchObject({ members: served.backend.known });
});
