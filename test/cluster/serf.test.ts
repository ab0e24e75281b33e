/** The provider of members beside real agents of Serf. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporary, until } from '../help/machine.ts';
import { freePorts, hasSerf, startAgent, type Agent } from '../help/serf.ts';
import { follow } from './listener.ts';

describe.runIf(hasSerf)('with real agents', { timeout: 90_000 }, () => {
  async function pair(): Promise<[Agent, Agent]> {
    const [g1, r1, g2, r2] = await freePorts(4) as [number, number, number, number];
    const a = await startAgent({ name: 'a', gossip: g1, rpc: r1, words: ['-tag', 'role=balancer'] });
    const b = await startAgent({ name: 'b', gossip: g2, rpc: r2, join: g1, words: ['-tag', 'role=backend'] });
    return [a, b];
  }

  test('the list follows: joins, tags, a death, a return, a leave', async () => {
    const [a, b] = await pair();
    const heard = follow(a.rpc);
    await until(() => heard.now().join() === 'a alive,b alive');
    expect(heard.lists.at(-1)).toMatchObject([
      { name: 'a', address: '127.0.0.1', port: a.gossip, role: 'balancer', tags: { role: 'balancer' } },
      { name: 'b', address: '127.0.0.1', port: b.gossip, role: 'backend' },
    ]);
    await b.serf('tags', '-set', 'zone={{x}}');
    await until(() => heard.lists.at(-1)?.[1]?.tags['zone'] === '{{x}}');
    b.process.kill('SIGKILL');
    await until(() => heard.now().join() === 'a alive,b failed');
    const again = await startAgent({ name: 'b', gossip: b.gossip, rpc: b.rpc, join: a.gossip });
    await until(() => heard.now().join() === 'a alive,b alive');
    expect((await again.serf('leave')).code).toBe(0);
    await until(() => heard.now().join() === 'a alive,b left');
    expect([heard.losses, heard.failures]).toEqual([[], []]);
  });

  test('an agent that dies and comes back: lost meanwhile, and then the whole list again', async () => {
    const [a, b] = await pair();
    const heard = follow(b.rpc);
    await until(() => heard.now().join() === 'a alive,b alive');
    b.process.kill('SIGKILL');
    await until(() => heard.losses.length > 0);
    const before = heard.lists.length;
    await startAgent({ name: 'b', gossip: b.gossip, rpc: b.rpc, join: a.gossip });
    await until(() => heard.lists.length > before && heard.now().join() === 'a alive,b alive');
    expect(heard.failures).toEqual([]);
  });

  test('an agent that hangs is given up, and taken again when it answers', async () => {
    const [a] = await pair();
    const heard = follow(a.rpc, { interval: 200 }, 1000);
    await until(() => heard.now().length === 2);
    a.process.kill('SIGSTOP');
    await until(() => heard.losses.some((reason) => reason.includes('no answer to members in 1000 ms')), () => heard.losses.join());
    const before = heard.lists.length;
    a.process.kill('SIGCONT');
    await until(() => heard.lists.length > before);
    expect(heard.failures).toEqual([]);
  });

  test('seeds are joined, also those that come later, and again after the agent was replaced', async () => {
    const [g1, r1, g2, r2] = await freePorts(4) as [number, number, number, number];
    const a = await startAgent({ name: 'a', gossip: g1, rpc: r1 });
    const heard = follow(a.rpc, { seeds: [{ host: '127.0.0.1', port: g2 }, { host: '127.0.0.1', port: g1 }] });
    await until(() => heard.reports.some((text) => text.includes('is alone: joining')));
    const b = await startAgent({ name: 'b', gossip: g2, rpc: r2 });
    await until(() => heard.now().join() === 'a alive,b alive');
    // It has lost all that it knew.
    b.process.kill('SIGKILL');
    await until(() => heard.now().join() === 'a alive,b failed');
    await startAgent({ name: 'b', gossip: g2, rpc: r2 });
    await until(() => heard.now().join() === 'a alive,b alive');
  });

  test('tags, and a query that is answered through another agent', async () => {
    const [a, b] = await pair();
    const balancer = follow(a.rpc);
    const backend = follow(b.rpc);
    let sessions = 2;
    balancer.answers['n6-drained'] = (name) => Promise.resolve(name === 'b' && sessions-- <= 0 ? 'yes' : undefined);
    await until(() => balancer.now().length === 2 && backend.now().length === 2);
    expect(backend.provider.agent.self()).toBe('b');
    await backend.provider.agent.setTags({ state: 'draining' });
    await until(() => balancer.lists.at(-1)?.[1]?.tags['state'] === 'draining');
    const answers = await until(async () => (await backend.provider.agent.query('n6-drained', 'b', 500)).at(0));
    expect(answers).toEqual({ from: 'a', payload: 'yes' });
    await backend.provider.agent.setTags({ state: undefined });
    await until(() => balancer.lists.at(-1)?.[1]?.tags['state'] === undefined);
    await backend.provider.agent.leave(5000);
    await until(() => balancer.now().join() === 'a alive,b left');
    await until(() => backend.losses.length > 0);
    await expect(backend.provider.agent.setTags({})).rejects.toThrow('cannot be reached');
    expect([balancer.failures, backend.failures]).toEqual([[], []]);
  });

  test('a key: the right one, from a file too; a wrong one is told and tried again', async () => {
    const [gossip, rpc] = await freePorts(2) as [number, number];
    const config = path.join(temporary(), 'serf.json');
    writeFileSync(config, '{"rpc_auth":"secret"}');
    await startAgent({ name: 'a', gossip, rpc, words: [`-config-file=${config}`], key: 'secret' });
    const wrong = follow(rpc, { authKey: 'public' });
    await until(() => wrong.reports.some((text) => /^warn: .*[Aa]uthentication/.test(text)), () => wrong.losses.join());
    expect(wrong.lists).toEqual([]);
    const file = path.join(temporary(), 'key');
    writeFileSync(file, 'secret\n');
    const right = follow(rpc, { authKeyFile: file });
    await until(() => right.now().join() === 'a alive');
    const gone = follow(rpc, { authKeyFile: `${file}.gone` });
    await until(() => gone.losses.some((reason) => reason.includes('its key cannot be read')));
  });
});
