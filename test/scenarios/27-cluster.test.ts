/** 27xx: examples/haproxy-serf-cluster with real HAProxy and Serf, each host n6 as PID 1 on a network of its own. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGenerator } from '../../bench/reload/children.ts';
import { mayMakeNamespaces } from '../../scripts/demo-namespaces.ts';
import { answering, openCluster, type Cluster, type ClusterHost, type HostPlan } from '../help/cluster.ts';
import { until } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const EXAMPLE = 'examples/haproxy-serf-cluster';
const LAYER = { from: 'build/layer' };
const balancer: HostPlan = { trees: [LAYER, { from: `${EXAMPLE}/balancer` }] };
const backend: HostPlan = { trees: [LAYER, { from: `${EXAMPLE}/backend` }, { from: 'examples/webapp', to: 'usr/local/lib/webapp' }] };

describe.runIf(lacking('haproxy', 'serf', 'setpriv', 'curl').length === 0 && mayMakeNamespaces())('the balancer follows its cluster', () => {
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `s${i + 1}`);
  const serve = (cluster: Cluster, ha: ClusterHost, names: readonly string[], limit = 60_000): Promise<unknown> =>
    until(async () => (await answering(cluster, 'ha', names.length + 1)).join() === [...names].sort().join(), ha.log, limit);
  const pidOf = async (host: ClusterHost, name: string): Promise<number> =>
    (JSON.parse((await host.svc('status', name, '--json')).stdout) as { services: { pid: number }[] }).services[0]!.pid;

  test('2701 balancer first', async () => {
    const cluster = await openCluster(['ha', 's1']);
    const ha = await cluster.start('ha', balancer);
    await until(async () => /ready/.test((await ha.svc('status', 'ha')).stdout), ha.log);
    await cluster.start('s1', backend);
    await serve(cluster, ha, ['s1']);
  }, 120_000);

  test('2702 backends first: they find each other when the balancer comes', async () => {
    const cluster = await openCluster(['ha', 's1', 's2']);
    await Promise.all(['s1', 's2'].map((name) => cluster.start(name, backend)));
    const ha = await cluster.start('ha', balancer);
    await serve(cluster, ha, ['s1', 's2']);
  }, 120_000);

  test('2703 twenty backends, all at once', async () => {
    const names = numbered(20);
    const cluster = await openCluster(['ha', ...names]);
    const [ha] = await Promise.all(['ha', ...names].map((name) => cluster.start(name, name === 'ha' ? balancer : backend)));
    await serve(cluster, ha!, names, 120_000);
    const reloads = (await ha!.svc('events', '--json')).stdout.split('\n').filter((line) => line.includes('"service-reloaded"'));
    expect(reloads.every((line) => line.includes('"ok":true'))).toBe(true);
    expect(reloads.length).toBeLessThan(20);
  }, 300_000);

  test('2704 kill -9 of any process, and of a whole host', async () => {
    const cluster = await openCluster(['ha', 's1', 's2']);
    const [ha, s1, s2] = await Promise.all([cluster.start('ha', balancer), cluster.start('s1', backend), cluster.start('s2', backend)]);
    await serve(cluster, ha, ['s1', 's2']);
    for (const [host, service] of [[ha, 'ha'], [ha, 'serf'], [s1, 'web'], [s1, 'serf']] as const) {
      const pid = await pidOf(host, service);
      expect((await host.run('sh', '-c', `kill -9 ${pid}`)).code).toBe(0);
      await until(async () => ![0, pid].includes(await pidOf(host, service)), host.log);
      await serve(cluster, ha, ['s1', 's2']);
    }
    await s2.kill();
    await serve(cluster, ha, ['s1'], 90_000);
  }, 300_000);

  test('2705 a partition heals', async () => {
    const cluster = await openCluster(['ha', 's1', 's2']);
    const [ha, , s2] = await Promise.all([cluster.start('ha', balancer), cluster.start('s1', backend), cluster.start('s2', backend)]);
    await serve(cluster, ha, ['s1', 's2']);
    await s2.cable(false);
    await until(async () => !(await ha.run('cat', '/run/haproxy/haproxy.cfg')).stdout.includes('server s2 '), ha.log, 90_000);
    await serve(cluster, ha, ['s1']);
    await s2.cable(true);
    await serve(cluster, ha, ['s1', 's2'], 120_000);
  }, 300_000);

  test('2706 docker stop of a backend under load: it is drained, the balancer confirms, and no request is lost', async () => {
    const cluster = await openCluster(['ha', 's1', 's2']);
    const [ha, s1] = await Promise.all([cluster.start('ha', balancer), cluster.start('s1', backend), cluster.start('s2', backend)]);
    await serve(cluster, ha, ['s1', 's2']);
    const generator = startGenerator(cluster.near);
    onTestFinished(() => generator.kill());
    generator.start({ host: ha.address, port: 80, fresh: 2, keepAlive: 4 });
    await until(async () => (await generator.read()).keepAlive.outcomes.ok > 200);
    expect(await s1.stop()).toBe(0);
    expect(s1.log()).toMatch(/ha confirmed after \d+ ms that s1 is drained/);
    const { keepAlive: { outcomes: { ok } } } = await generator.read();
    await until(async () => (await generator.read()).keepAlive.outcomes.ok > ok + 200);
    const { fresh, keepAlive } = await generator.stop();
    for (const { outcomes } of [fresh, keepAlive]) {
      expect({ ...outcomes, ok: 0, slow: 0 }).toEqual(Object.fromEntries(Object.keys(outcomes).map((name) => [name, 0])));
    }
    await serve(cluster, ha, ['s2']);
  }, 180_000);
});
