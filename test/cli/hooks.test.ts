import path from 'node:path';
import { expect, test } from 'vitest';
import type { HookRun } from '../../src/core/hooks.ts';
import { up } from '../control/fake-backend.ts';
import { serve, type Served } from '../control/serve.ts';
import { documentFaults } from '../help/svc-schema.ts';
import { svc } from './svc.ts';

const at = ({ socket }: Served): { environment: Record<string, string> } => ({ environment: { N6_DIR: path.dirname(socket) } });
const run = (change: Partial<HookRun> = {}): HookRun => ({
  event: 'service-up', service: 'web', hook: '/etc/n6/hooks.d/service-up/10-tell', at: '2026-11-28T10:00:00.000Z', seconds: 0.12, ok: true, reason: '',
  ...change,
});
const FAILED = run({ ok: false, reason: 'exit 3' });

async function lab(): Promise<Served> {
  const served = await serve(['db', 'web']);
  served.backend.set('web', up(7));
  served.backend.hookList.push(
    { event: 'service-up', service: null, hook: '/etc/n6/hooks.d/service-up/10-tell', ignored: null, running: false, last: FAILED },
    { event: 'service-upp', service: null, hook: '/etc/n6/hooks.d/service-upp', ignored: 'there is no event of that name', running: false, last: null },
    { event: 'service-down', service: 'web', hook: '/x/web/hooks/service-down', ignored: null, running: true, last: null },
  );
  return served;
}

test('svc hooks: each with its event, its service and how it went', async () => {
  const served = await lab();
  expect((await svc(['hooks'], at(served))).stdout.split('\n')).toEqual([
    'EVENT         SERVICE  HOOK                                LAST',
    'service-up    -        /etc/n6/hooks.d/service-up/10-tell  failed: exit 3 for web, 2026-11-28T10:00:00.000Z',
    'service-upp   -        /etc/n6/hooks.d/service-upp         not run: there is no event of that name',
    'service-down  web      /x/web/hooks/service-down           running',
    '',
  ]);
  const { stdout } = await svc(['hooks', '--json'], at(served));
  expect(documentFaults('hooks', stdout)).toEqual([]);
  expect(JSON.parse(stdout)).toMatchObject({ hooks: served.backend.hookList });
  expect((await svc(['hooks'], at(await serve()))).stdout).toContain('no hooks; put an executable file into /etc/n6/hooks.d/EVENT/');
});

test('svc hooks run: what came of each, and 1 if one failed; --dry-run only says what would be', async () => {
  const served = await lab();
  served.backend.hookFailures.push(run({ hook: '/a/ok' }), FAILED);
  const ran = await svc(['hooks', 'run', 'service-up', 'web'], at(served));
  expect(ran).toEqual({ code: 1, stderr: '', stdout: '/a/ok: ok after 0.12 s\n/etc/n6/hooks.d/service-up/10-tell: failed after 0.12 s: exit 3\n' });
  const dry = await svc(['hooks', 'run', 'service-up', 'web', '--dry-run'], at(served));
  const lines = dry.stdout.split('\n');
  expect([dry.code, lines[0], lines.at(-2)]).toEqual([0, 'would run /etc/n6/hooks.d/service-up/10-tell', 'N6_EVENT=service-up']);
  expect(served.backend.asked).toEqual(['hooks service-up web']);
  for (const words of [['hooks', 'run', 'service-up', '--json'], ['hooks', 'run', 'service-up', '--dry-run', '--json']]) {
    expect(documentFaults('hooks', (await svc(words, at(served))).stdout)).toEqual([]);
  }
  served.backend.hooksRunning = true;
  expect(await svc(['hooks', 'run', 'service-up', 'web'], at(served))).toMatchObject({
    code: 1, stderr: 'svc: hooks of web are running; try again when they have ended, see: svc hooks\n',
  });
});

test('what cannot be understood', async () => {
  const served = await lab();
  const said = async (...words: string[]): Promise<unknown> => {
    const { code, stderr } = await svc(['hooks', ...words], at(served));
    return [code, stderr];
  };
  expect(await said('rum', 'service-up')).toEqual([2, 'svc: hooks: expected run, got "rum"; see: svc hooks --help\n']);
  expect(await said('run')).toEqual([2, expect.stringContaining('hooks run needs an event')]);
  expect(await said('run', 'service-upp')).toEqual([2, 'svc: no event named "service-upp"; did you mean service-up?\n']);
  expect(await said('run', 'service-up', 'wbe')).toEqual([4, 'svc: no service named "wbe"; did you mean "web"?\n']);
  expect(await said('--dry-run')).toEqual([2, expect.stringContaining('with run only')]);
});

test('svc status tells of a hook that has failed: of the service in its line, of others below the table', async () => {
  const served = await lab();
  served.backend.set('web', { hookFailure: FAILED });
  const hook = '/etc/n6/hooks.d/members-changed/10-render';
  served.backend.hookFailures.push(run({ event: 'members-changed', service: null, hook, ok: false, reason: 'exit 4' }));
  const lines = (await svc(['status'], at(served))).stdout.split('\n');
  expect(lines.find((line) => line.startsWith('web'))).toMatch(/hook service-up\/10-tell failed: exit 3$/);
  expect(lines.at(-2)).toBe('hook members-changed/10-render failed on members-changed, 2026-11-28T10:00:00.000Z: exit 4; see: svc hooks');
  expect((await svc(['status', 'web'], at(served))).stdout).toMatch(/^hook failed +\/etc\/n6\/hooks.d\/service-up\/10-tell on service-up, .*: exit 3$/m);
});
