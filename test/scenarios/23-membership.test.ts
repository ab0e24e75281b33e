/** Members of a cluster, in real supervisors with real agents of Serf (ISSUE of part 5, items 2 and 4). */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { alive, container, lines, run, supervise, svcProgram, until, write, type Machine } from '../help/machine.ts';
import { agentScript, freePorts, hasSerf, startAgent, type AgentOptions } from '../help/serf.ts';

type Shown = { source: string; fresh: boolean; members: { name: string; status: string; tags: Record<string, string> }[] };
const shown = async (machine: Machine): Promise<Shown> => JSON.parse((await machine.svc('members', '--json')).stdout) as Shown;
const now = async (machine: Machine): Promise<string> => {
  const { fresh, members } = await shown(machine);
  return [...(fresh ? [] : ['stale']), ...members.map(({ name, status }) => `${name} ${status}`)].join();
};
const events = async (machine: Machine): Promise<string[]> => (await machine.svc('events', '--json')).stdout.split('\n')
  .filter((line) => line.includes('"event":"member')).map((line) => JSON.parse(line) as { event: string; member?: { name: string } })
  .map(({ event, member }) => (member === undefined ? event : `${event} ${member.name}`));

/** A supervisor with an agent as its service. */
function node(agent: AgentOptions, membership = '', files = {}, environment = {}): Promise<Machine> {
  return supervise({ 'serf/run!': agentScript(agent), 'serf/down-signal': 'SIGINT\n', ...files }, {
    environment,
    prepare: (services) => write(path.dirname(services), { 'n6.yaml': `membership: { serf: { rpc: ${agent.rpc}${membership} } }\n` }),
  });
}

describe.runIf(hasSerf)('Serf', { timeout: 120_000 }, () => {
  test('each knows the other, whoever comes first; a death, a return, and an agent that is away are seen', async () => {
    const [g1, r1, g2, r2] = await freePorts(4) as [number, number, number, number];
    // It is the first, and its seed is not there yet.
    const a = await node({ name: 'a', gossip: g1, rpc: r1 }, `, seeds: ["127.0.0.1:${g2}"], interval: 1s`);
    await until(async () => await now(a) === 'a alive');
    const b = await startAgent({ name: 'b', gossip: g2, rpc: r2, words: ['-tag', 'role=back"end'] });
    await until(async () => await now(a) === 'a alive,b alive');
    expect(await shown(a)).toMatchObject({ source: 'serf', fresh: true, members: [{ name: 'a' }, { name: 'b', tags: { role: 'back"end' } }] });
    b.process.kill('SIGKILL');
    await until(async () => await now(a) === 'a alive,b failed');
    await startAgent({ name: 'b', gossip: g2, rpc: r2, words: ['-tag', 'role=back"end'] });
    await until(async () => await now(a) === 'a alive,b alive');
    expect(await events(a)).toEqual([
      'member-join a', 'members-changed', 'member-join b', 'members-changed', 'member-failed b', 'members-changed', 'member-join b', 'members-changed',
    ]);
    // The agent is away: what it said last stays, and says so.
    await a.svc('stop', 'serf');
    await until(async () => /^stale,a (?:alive|leaving|left),b /.test(await now(a)));
    expect((await a.svc('members')).stdout).toMatch(/^serf cannot be asked since .*; this is what it said last\n/);
    await a.svc('start', 'serf');
    await until(async () => await now(a) === 'a alive,b alive');
  });

  test('a second life announces nobody again, and follows on', async () => {
    const [g1, r1, g2, r2] = await freePorts(4) as [number, number, number, number];
    const a = await node({ name: 'a', gossip: g1, rpc: r1 });
    await startAgent({ name: 'b', gossip: g2, rpc: r2, join: g1 });
    await until(async () => await now(a) === 'a alive,b alive');
    const before = await events(a);
    expect((await a.svc('reexec')).code).toBe(0);
    await until(async () => await now(a) === 'a alive,b alive');
    expect(await events(a)).toEqual(before);
    const [g3, r3] = await freePorts(2) as [number, number];
    await startAgent({ name: 'c', gossip: g3, rpc: r3, join: g1 });
    await until(async () => await now(a) === 'a alive,b alive,c alive');
    expect((await events(a)).slice(before.length)).toEqual(['member-join c', 'members-changed']);
  });

  test('svc event serf is a poke: what it says is no truth, and it returns at once', async () => {
    const [gossip, rpc] = await freePorts(2) as [number, number];
    const a = await node({ name: 'a', gossip, rpc });
    await until(async () => await now(a) === 'a alive');
    const poke = await run(svcProgram, ['--dir', a.services, 'event', 'serf'], {
      env: { ...process.env, SERF_EVENT: 'member-join' }, input: 'ghost\t10.0.0.9\t\t\n',
    });
    expect(poke).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await now(a)).toBe('a alive');
  });

  test('a name that another one has: told, and healed when the other is gone', async () => {
    const [g1, r1, g2, r2, g3, r3] = await freePorts(6) as [number, number, number, number, number, number];
    await startAgent({ name: 'seed', gossip: g1, rpc: r1 });
    const other = await startAgent({ name: 'same', gossip: g2, rpc: r2, join: g1 });
    const a = await node({ name: 'same', gossip: g3, rpc: r3, join: g1 });
    await until(() => /the agent ended with 0 after \d+ ms, .*another member may have its name/.test(a.output()), () => a.output(), 60_000);
    other.process.kill('SIGKILL');
    await until(async () => await now(a) === 'same alive,seed alive', () => a.output(), 60_000);
  });

  test('a shutdown drains, waits for a yes, leaves, and then stops services', async () => {
    const [g1, r1, g2, r2] = await freePorts(4) as [number, number, number, number];
    const web = { 'web/run!': "#!/bin/sh\ntrap 'ls ../../drained > ../../at-stop; exit 0' TERM\nwhile :; do sleep 0.1; done\n" };
    const b = await node({ name: 'b', gossip: g2, rpc: r2, join: g1 }, '', web);
    const out = b.directory;
    write(out, { 'handler!': `#!/bin/sh\nread name\necho "$name" >> ${out}/asked\nif [ -e ${out}/drained ]; then echo yes; else echo no; fi\n` });
    const a = await startAgent({ name: 'a', gossip: g1, rpc: r1, words: [`-event-handler=query:n6-drained=${out}/handler`] });
    await until(async () => await now(b) === 'a alive,b alive', () => b.output());
    b.process.kill('SIGTERM');
    const tags = async (): Promise<string> => (await a.serf('members', '-format=json')).stdout;
    await until(async () => (await tags()).includes('draining'));
    // Asked again and again, and nothing has been stopped meanwhile.
    await until(async () => (await run('sh', ['-c', `grep -c b ${out}/asked`])).stdout.trim() >= '2');
    expect(b.output()).not.toContain('confirmed');
    write(out, { drained: '' });
    expect(await b.ended).toBe(0);
    expect(b.output()).toMatch(/n6: a confirmed after \d+ ms that b is drained; leaving the cluster/);
    // The application was stopped after that, not before.
    expect(lines(path.join(out, 'at-stop'))).toEqual(['../../drained']);
    await until(async () => (await tags()).includes('"left"'));
  });

  test('without anybody who says yes it waits for N6_DRAIN, alone not at all', async () => {
    const [g1, r1, g2, r2] = await freePorts(4) as [number, number, number, number];
    const a = await startAgent({ name: 'a', gossip: g1, rpc: r1 });
    const b = await node({ name: 'b', gossip: g2, rpc: r2, join: g1 }, '', {}, { N6_DRAIN: '700' });
    await until(async () => await now(b) === 'a alive,b alive');
    b.process.kill('SIGTERM');
    expect(await b.ended).toBe(0);
    expect(b.output()).toMatch(/nobody confirmed in \d+ ms \(N6_DRAIN\) that b is drained; leaving the cluster/);
    await until(async () => (await a.serf('members', '-format=json')).stdout.includes('"left"'));
    const [g3, r3] = await freePorts(2) as [number, number];
    const c = await node({ name: 'c', gossip: g3, rpc: r3 });
    await until(async () => await now(c) === 'c alive');
    c.process.kill('SIGTERM');
    expect(await c.ended).toBe(0);
    expect(c.output()).not.toContain('drained');
  });
});

test('static: a file that is watched', async () => {
  const machine = await supervise({ 'web/run!': '#!/bin/sh\nexec sleep 1000\n' }, {
    prepare: (services) => write(path.dirname(services), {
      'n6.yaml': 'membership: { static: { file: members.yaml, role: backend } }\n', 'members.yaml': '- 127.0.0.1\n',
    }),
  });
  await until(async () => await now(machine) === '127.0.0.1 alive');
  write(machine.directory, { 'members.yaml': '- { name: s1, address: 10.0.0.1 }\n- { name: s2, address: 10.0.0.2, role: db }\n' });
  await until(async () => await now(machine) === 's1 alive,s2 alive');
  write(machine.directory, { 'members.yaml': '- { nam: s1 }\n' });
  await until(async () => await now(machine) === 'stale,s1 alive,s2 alive');
  expect(machine.output()).toContain('members.yaml:1: expected a key of [0], got "nam"; did you mean "name"?');
  await run('sh', ['-c', 'echo "- { name: s3, address: 10.0.0.3 }" > next.yaml && mv next.yaml members.yaml'], { cwd: machine.directory });
  await until(async () => await now(machine) === 's3 alive');
});

test.runIf(process.getuid?.() === 0)('static: as many as a variable of the container says', async () => {
  const machine = await container({}, {
    rootFiles: { 'etc/n6/n6.yaml': 'membership: { static: { count: NUMBER_OF_INSTANCES, name: s#, address: 10.0.0.# } }\n' },
    environment: { NUMBER_OF_INSTANCES: '2' },
  });
  await until(async () => await now(machine) === 's1 alive,s2 alive');
});

test.runIf(hasSerf)('no agent outlives its supervisor', async () => {
  const [gossip, rpc] = await freePorts(2) as [number, number];
  const machine = await node({ name: 'z', gossip, rpc });
  await until(async () => await now(machine) === 'z alive');
  const pid = Number((await machine.svc('status', 'serf', '--json')).stdout.match(/"pid":\s*(\d+)/)?.[1]);
  machine.process.kill('SIGTERM');
  await machine.ended;
  expect(alive(pid)).toBe(false);
});
