/** The scenario that n6 exists for, with real HAProxy, real Serf and the demonstration's hosts: acceptance 3 of part 1. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ground } from '../../scripts/demo-ground.ts';
import { loopback } from '../../scripts/demo-loopback.ts';
import { mayMakeNamespaces, namespaces } from '../../scripts/demo-namespaces.ts';
import type { Print } from '../../scripts/demo-print.ts';
import { openSite, type Site } from '../../scripts/demo-site.ts';
import { showHealing, showJoinAndLeave, showRequests, showRestart, showShutdown, showStart, type Stage } from '../../scripts/demo-story.ts';
import { createUntil } from '../../scripts/demo-until.ts';
import { lacking } from '../help/needs.ts';

const present = lacking('haproxy', 'serf', 'setpriv').length === 0;
const grounds: [name: string, possible: boolean, open: (directory: string) => Ground | Promise<Ground>][] = [
  ['as PID 1 in namespaces', present && mayMakeNamespaces(), namespaces],
  ['as a subreaper on loopback', present, loopback],
];

describe.each(grounds)('the balancer follows its cluster, %s', (_name, possible, open) => {
  describe.runIf(possible)('step by step', () => {
    let directory: string;
    let site: Site;
    let stage: Stage;
    const ended = new AbortController();
    const said: string[] = [];

    beforeAll(async () => {
      directory = mkdtempSync(path.join(tmpdir(), 'n6-balancer-'));
      site = await openSite(await open(directory));
      stage = { site, print: collectInto(said), until: createUntil(ended.signal) };
    });
    afterAll(async () => {
      ended.abort();
      await site?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    const inStat = (name: string): Promise<boolean> => site.servers().then((servers) => servers.some((server) => server.name === name));

    test('three hosts start, and HAProxy finds every backend by Serf', () => showStart(stage));
    test('requests are answered by every backend', () => showRequests(stage));
    test('after kill -9 of HAProxy, Serf and the application each is back', () => showHealing(stage));
    test("a backend joins, is in HAProxy's own show stat and answers; it leaves and is gone", () => showJoinAndLeave(stage));
    test('svc restart ha gives it another process', () => showRestart(stage));

    test('a template made invalid leaves HAProxy serving as before, and is told; mended, the cluster is caught up with', async () => {
      const good = readFileSync(site.balancer.template, 'utf8');
      const rejected = path.join(site.balancer.haproxyDirectory, 'haproxy.cfg.rejected');
      const before = await site.servers();
      const { service } = await site.balancer.client.call('service', { parameters: { name: 'ha' } });
      const failures = hookFailures(site, ended.signal);
      writeFileSync(site.balancer.template, `${good}\nnonsense\n`);
      await site.start('s3');
      await stage.until('the configuration with s3 is rejected', () => (readFileSync(rejected, 'utf8').includes('server s3 ') ? true : undefined));
      expect(await failures).toMatchObject({ event: 'hook-failed' });
      expect(await site.ask()).toMatchObject({ hello: 'world' });
      expect((await site.servers()).map(({ name }) => name)).toEqual(before.map(({ name }) => name));

      writeFileSync(site.balancer.template, good);
      expect(await site.balancer.run('svc', 'restart', 'serf')).toMatchObject({ code: 0 });
      await stage.until('s3 is in show stat', async () => ((await inStat('s3')) ? true : undefined));
      expect(existsSync(rejected)).toBe(false);
      const after = await site.balancer.client.call('service', { parameters: { name: 'ha' } });
      expect(after.service.pid).toBe(service.pid);
    });

    test('a whole backend host dies, and HAProxy drops it once Serf has noticed', async () => {
      await site.lose(site.hosts().find(({ name }) => name === 's3')!);
      await stage.until('s3 is gone from show stat', async () => ((await inStat('s3')) ? undefined : true), 50_000);
      expect(await site.ask()).toMatchObject({ hello: 'world' });
    });

    test('every host ends in order with 0', async () => {
      await showShutdown(stage);
      expect(said.filter((line) => line.includes('every process has ended, exit code 0'))).toHaveLength(3);
    });
  });
});

/** Resolves with the first failure of a hook from now on. */
async function hookFailures(site: Site, signal: AbortSignal): Promise<unknown> {
  for await (const event of site.balancer.client.events({ signal })) if ('event' in event && event.event === 'hook-failed') return event;
  return undefined;
}

const collectInto = (lines: string[]): Print => {
  const keep = (line: string): void => void lines.push(line);
  return { step: keep, fact: keep, command: keep, text: keep, failure: keep };
};
