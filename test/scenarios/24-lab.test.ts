/** 24xx: the lab's own scripts, unmodified: HAProxy in the background and its orphans, `-sf`, `s6-svc -h`, handlers of Serf, files in /nodes. */
import { readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mayMakeNamespaces } from '../../scripts/demo-namespaces.ts';
import { answering, openCluster, type Cluster, type ClusterHost, type HostPlan } from '../help/cluster.ts';
import { root, until } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const LAB = 'examples/haproxy-serf-lab';
const balancer: HostPlan = {
  trees: [
    { from: 'build/layer' }, { from: `${LAB}/ha` },
    { from: realpathSync(path.join(root, 'node_modules/handlebars')), to: 'scripts/node_modules/handlebars' },
  ],
  environment: { ROLE: 'balancer', SERVER_NAME: 'ha' },
};
const backend = (name: string): HostPlan => ({
  trees: [{ from: 'build/layer' }, { from: `${LAB}/backend` }, { from: 'examples/webapp', to: 'usr/local/lib/webapp' }],
  environment: { ROLE: 'backend', SERVER_NAME: name, NODE_NAME: name },
});

describe.runIf(lacking('haproxy', 'serf', 'setpriv', 'curl', 'bash').length === 0 && mayMakeNamespaces())("the lab's own way", () => {
  const nodes = (ha: ClusterHost): string[] => readdirSync(ha.inside('/nodes')).filter((name) => name !== '.keep').sort();
  const serve = (cluster: Cluster, ha: ClusterHost, names: readonly string[], limit = 60_000): Promise<unknown> =>
    until(async () => (await answering(cluster, 'ha', names.length * 2)).join() === names.join(), () => `${nodes(ha).join()}\n${ha.log()}`, limit);
  const haproxies = async (ha: ClusterHost): Promise<number> => (await ha.run('pgrep', '-x', 'haproxy')).stdout.split('\n').filter(Boolean).length;

  test('2401 all hosts at once; a backend joins and leaves; HAProxy is killed; a whole host dies', async () => {
    const cluster = await openCluster(['ha', 's1', 's2', 's3']);
    const [ha, , s2] = await Promise.all([cluster.start('ha', balancer), cluster.start('s1', backend('s1')), cluster.start('s2', backend('s2'))]);
    await serve(cluster, ha, ['s1', 's2']);
    const s3 = await cluster.start('s3', backend('s3'));
    await serve(cluster, ha, ['s1', 's2', 's3']);
    // The old ones were told to finish, and have: nobody is left over.
    await until(async () => (await haproxies(ha)) === 1, ha.log);
    expect(await s3.stop()).toBe(0);
    await serve(cluster, ha, ['s1', 's2']);
    expect((await ha.run('pkill', '-KILL', '-x', 'haproxy')).code).toBe(0);
    await serve(cluster, ha, ['s1', 's2']);
    await s2.kill();
    await until(() => nodes(ha).join() === 's1', ha.log, 60_000);
    await serve(cluster, ha, ['s1']);
    expect(await ha.stop()).toBe(0);
  }, 240_000);
});
