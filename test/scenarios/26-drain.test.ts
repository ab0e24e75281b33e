/** 26xx: a backend that is stopped under load, with real HAProxy and Serf, each host n6 as PID 1 on a network of its own. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { startGenerator } from '../../bench/reload/children.ts';
import { mayMakeNamespaces } from '../../scripts/demo-namespaces.ts';
import { answering, openCluster, type HostPlan } from '../help/cluster.ts';
import { until } from '../help/machine.ts';
import { lacking } from '../help/needs.ts';

const CONFIGURATION = `global
  hard-stop-after 20s
defaults
  mode http
  option redispatch
  option idle-close-on-response
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout http-keep-alive 5s
frontend web
  bind :80
  default_backend nodes
backend nodes
  option httpchk HEAD /
  default-server check inter 1s fall 2 rise 1
  server s1 10.77.0.12:3000
  server s2 10.77.0.13:3000
`;
const balancer: HostPlan = {
  trees: [{ from: 'build/layer' }],
  files: {
    'etc/haproxy-of-test.cfg': CONFIGURATION,
    'etc/services.d/ha/service.yaml': 'command: [haproxy, -W, -S, /run/master.sock, -f, /etc/haproxy-of-test.cfg]\n'
      + 'stop: [USR1 25s, TERM 2s, KILL]\nreload: { haproxy: /run/master.sock }\nready: { tcp: 80 }\n',
    'etc/services.d/serf/service.yaml': 'command: [serf, agent, -tag=role=balancer]\nstop: [INT 5s, KILL]\n',
    'etc/n6/n6.yaml': 'membership: { serf: {} }\n',
  },
};
const backend: HostPlan = {
  trees: [{ from: 'build/layer' }, { from: 'examples/webapp', to: 'usr/local/lib/webapp' }],
  files: {
    'etc/services.d/web/service.yaml': 'command: [node, /usr/local/lib/webapp/server.mjs]\nstop: [TERM 5s, KILL]\n',
    'etc/services.d/serf/service.yaml': 'command: [serf, agent, -tag=role=backend]\nstop: [INT 5s, KILL]\n',
    'etc/n6/n6.yaml': 'membership: { serf: { seeds: [ha] } }\n',
  },
};

describe.runIf(lacking('haproxy', 'serf', 'setpriv', 'curl').length === 0 && mayMakeNamespaces())('drain before leave', () => {
  test('2601 docker stop of a backend: the balancer confirms that nothing goes to it any more, and no request is lost', async () => {
    const cluster = await openCluster(['ha', 's1', 's2']);
    const [ha, s1] = await Promise.all([cluster.start('ha', balancer), cluster.start('s1', backend), cluster.start('s2', backend)]);
    await until(async () => (await answering(cluster, 'ha', 4)).join() === 's1,s2', ha.log, 60_000);
    await until(async () => (await ha.svc('members')).stdout.match(/alive/g)?.length === 3, ha.log, 60_000);
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
    expect(await answering(cluster, 'ha', 4)).toEqual(['s2']);
  }, 180_000);
});
