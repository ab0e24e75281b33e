import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { MASK, masked } from '../../src/cli/secrets.ts';
import type { RunEnvironment } from '../../src/control/backend.ts';
import { serve } from '../control/serve.ts';
import { svc } from './svc.ts';

describe('what is masked', () => {
  test.each([
    'PASSWORD', 'PGPASSWORD', 'DB_PASS', 'MYSQL_PWD', 'SECRET', 'AWS_SECRET_ACCESS_KEY', 'API_KEY', 'APIKEY', 'apiKey', 'JWT_KEYS', 'GITHUB_TOKEN', 'TOKEN_1',
    'GOOGLE_CREDENTIALS', 'PRIVATE_PEM', 'HTTP_AUTH', 'SESSION_COOKIE', 'SENTRY_DSN', 'PASSWORD_SALT', 'client.secret', 'db-password', 'PASSWORD_FILE_CONTENT',
  ])('%s', (name) => expect(masked({ name, value: 'x' }, [])).toBe(MASK));

  test.each(['PWD', 'OLDPWD', 'PATH', 'HOME', 'KEYBOARD', 'AUTHOR', 'MONKEYS_MAX', 'SIGNAL', 'SALTED', 'TERM'])('not %s', (name) => {
    expect(masked({ name, value: 'x' }, [])).toBe('x');
  });

  test('an empty value is none; NAME_FILE says where a secret is; a name that is known to be one is', () => {
    expect(masked({ name: 'PASSWORD', value: '' }, [])).toBe('');
    expect(masked({ name: 'PASSWORD_FILE', value: '/run/secrets/p' }, [])).toBe('/run/secrets/p');
    expect(masked({ name: 'PASSWORD_FILE', value: 'hunter2' }, [])).toBe(MASK);
    expect(masked({ name: 'PLAIN', value: 'x' }, ['PLAIN'])).toBe(MASK);
  });

  test.each([
    ['postgres://user:p%40ss@db:5432/x', `postgres://user:${MASK}@db:5432/x`],
    ['postgres://user:p@ss@db/x', `postgres://user:${MASK}@db/x`],
    ['redis://:secret@cache:6379', `redis://:${MASK}@cache:6379`],
    ['https://x.example/hook?a=1&token=abc&b=2', `https://x.example/hook?a=1&token=${MASK}&b=2`],
    ['https://user@host:8080/x', 'https://user@host:8080/x'],
    ['http://a:1@x, http://b:2@y', `http://a:${MASK}@x, http://b:${MASK}@y`],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc', MASK],
    ['mailto:a@b', 'mailto:a@b'],
  ])('in the value %j', (value, shown) => expect(masked({ name: 'X', value }, [])).toBe(shown));
});

const who = { user: 0, group: 0, groups: [] };
const environment: RunEnvironment = {
  name: 'web', directory: '/s/web', as: who, supervisor: who, secrets: ['PLAIN'],
  variables: [{ name: 'A', value: 'b\n\x1b' }, { name: 'PLAIN', value: 'hush' }, { name: 'X_TOKEN', value: 'hush\ufffd', bytes: 'eA==' }],
  chain: ['/usr/bin/env', 'a.token=hush', '/usr/bin/nice', '-n', '5'],
  chainVariables: [{ name: 'PLAIN', value: 'hush' }],
};

test('svc env: nothing of a secret is printed unless --reveal is given', async () => {
  const { backend, socket } = await serve(['web', 'webx']);
  const at = { environment: { N6_DIR: path.dirname(socket) } };
  backend.environments.set('web', environment);
  expect(await svc(['env', 'web'], at)).toEqual({ code: 0, stdout: String.raw`A=b\n\u001b` + `\nPLAIN=${MASK}\nX_TOKEN=${MASK}\n`, stderr: '' });
  expect((await svc(['env', '/run/service/web', '--reveal'], at)).stdout).toContain('\nPLAIN=hush\nX_TOKEN=hush');
  const json = (await svc(['env', 'web', '--json'], at)).stdout;
  expect(json).not.toMatch(/hush|eA==/);
  const chain = ['/usr/bin/env', `a.token=${MASK}`, '/usr/bin/nice', '-n', '5'];
  expect(JSON.parse(json)).toMatchObject({ schema: 1, environment: { directory: '/s/web', chain } });
  expect(JSON.parse((await svc(['env', 'web', '--json', '--reveal'], at)).stdout)).toEqual({ schema: 1, environment });
});

test('svc env: a service that could not be started, none, several', async () => {
  const { socket } = await serve(['web', 'webx']);
  const at = { environment: { N6_DIR: path.dirname(socket) } };
  expect(await svc(['env', 'web'], at)).toEqual({ code: 1, stdout: '', stderr: 'svc: web has none\n' });
  expect(await svc(['env', 'wbe'], at)).toMatchObject({ code: 4, stderr: 'svc: no service named "wbe"; did you mean "web"?\n' });
  const { code, stderr } = await svc(['env', 'web*'], at);
  expect([code, stderr]).toEqual([4, expect.stringContaining('"web*" means 2 services; name one of them: web')]);
});
