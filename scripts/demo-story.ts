/**
 * The story of the demonstration, step by step. Each step throws when what it tells did not really happen; the test of the
 * scenario plays the same steps.
 */
import type { Status } from '../src/core/status.ts';
import type { Host, ServiceName } from './demo-ground.ts';
import { inWords, type Print } from './demo-print.ts';
import type { Site } from './demo-site.ts';
import type { Until } from './demo-until.ts';

export type Stage = Readonly<{ site: Site; until: Until; print: Print }>;

/** Every step up to the shutdown. */
export async function tellStory(stage: Stage): Promise<void> {
  await showStart(stage);
  await showRequests(stage);
  await showHealing(stage);
  await showJoinAndLeave(stage);
  await showRestart(stage);
}

export async function showStart({ site, until, print }: Stage): Promise<void> {
  print.step('Three hosts start: ha (node, ha, serf), s1 and s2 (node, serf)');
  const began = performance.now();
  await Promise.all([site.start('s1'), site.start('s2')]);
  await until('HAProxy sends requests to ha, s1 and s2', async () => {
    const up = (await site.servers()).filter(({ checked }) => checked).map(({ name }) => name);
    return up.join() === 'ha,s1,s2' ? up : undefined;
  });
  print.fact('HAProxy has found ha, s1 and s2 by Serf, all of them UP', performance.now() - began);
  await until('every service is up', async () => ((await statuses(site.balancer)).every(isUp) ? true : undefined));
  await showSvc(print, site.balancer, 'status');
}

export async function showRequests({ site, until, print }: Stage): Promise<void> {
  print.step(`Requests to ${site.url} are answered by every backend`);
  const answers = new Map<string, number>();
  await until('ha, s1 and s2 have answered', async () => {
    const { host } = await site.ask();
    answers.set(host, (answers.get(host) ?? 0) + 1);
    return answers.size === 3 ? true : undefined;
  });
  for (const [host, count] of [...answers].sort()) print.fact(`${host} answered ${count === 1 ? 'once' : `${count} times`}`);
}

export async function showHealing(stage: Stage): Promise<void> {
  stage.print.step('kill -9: each service comes back by itself');
  const { site } = stage;
  await heal(stage, 'ha', 'HAProxy', 'requests are answered again', async () => ((await site.ask()) ? true : undefined));
  await heal(stage, 'serf', 'Serf', 'its agent knows ha, s1 and s2 again',
    async () => ((await site.members(site.balancer)).join() === 'ha,s1,s2' ? true : undefined));
  await heal(stage, 'node', 'the web application', 'ha answers requests again',
    async () => ((await site.ask()).host === 'ha' ? true : undefined));
}

export async function showJoinAndLeave({ site, until, print }: Stage): Promise<void> {
  print.step('A backend joins, and leaves');
  const names = async (): Promise<string[]> => (await site.servers()).map(({ name }) => name);
  const s3 = await site.start('s3');
  const joined = await until("s3 is in HAProxy's show stat", async () => ((await names()).includes('s3') ? true : undefined));
  print.fact("s3 was started and is in HAProxy's show stat", joined.milliseconds);
  const served = await until('s3 has answered a request', async () => ((await site.ask()).host === 's3' ? true : undefined));
  print.fact('s3 answered a request', joined.milliseconds + served.milliseconds);
  print.text(table(await site.servers()));
  const began = performance.now();
  const code = await site.stop(s3);
  if (code !== 0) throw new Error(`s3 was stopped and ended with exit code ${code}`);
  await until("s3 is gone from HAProxy's show stat", async () => ((await names()).includes('s3') ? undefined : true));
  print.fact("s3 was stopped, ended with 0, and is gone from HAProxy's show stat", performance.now() - began);
  print.text(table(await site.servers()));
}

export async function showRestart({ site, until, print }: Stage): Promise<void> {
  print.step('svc restart ha');
  const before = await statusOf(site.balancer, 'ha');
  await showSvc(print, site.balancer, 'restart', 'ha');
  const after = await statusOf(site.balancer, 'ha');
  if (after.pid === before.pid) throw new Error(`svc restart ha left pid ${before.pid} running`);
  const { milliseconds } = await until('requests are answered', async () => ((await site.ask()) ? true : undefined));
  print.fact(`ha has pid ${after.pid} instead of ${before.pid}; a request was answered`, milliseconds);
  await showSvc(print, site.balancer, 'status');
}

/** The backends first: then the balancer has somebody to send requests to as long as it runs. */
export async function showShutdown({ site, print }: Pick<Stage, 'site' | 'print'>): Promise<void> {
  print.step('Ordered shutdown');
  for (const host of [...site.hosts()].reverse()) {
    const began = performance.now();
    const code = await site.stop(host);
    if (code !== 0) throw new Error(`${host.name} ended with exit code ${code}`);
    print.fact(`${host.name}: every process has ended, exit code ${code}`, performance.now() - began);
  }
}

async function heal(
  { site, until, print }: Stage, service: ServiceName, what: string, sign: string, healed: () => Promise<true | undefined>,
): Promise<void> {
  const { pid } = await until(`${service} is up`, async () => {
    const status = await statusOf(site.balancer, service);
    return isUp(status) ? status : undefined;
  }).then(({ value }) => value);
  // With kill(1), on the host: n6 hears of it only by the death of its child.
  const { code, stderr } = await site.balancer.run('sh', '-c', 'kill -9 "$1"', 'sh', String(pid));
  if (code !== 0) throw new Error(`cannot kill ${what}: ${stderr}`);
  const began = performance.now();
  const { value: back } = await until(`${service} is up again`, async () => {
    const status = await statusOf(site.balancer, service);
    return isUp(status) && status.pid !== pid ? status : undefined;
  });
  if (back.lastExit?.signal !== 'SIGKILL') throw new Error(`${service}: expected a death by SIGKILL, got ${JSON.stringify(back.lastExit)}`);
  await until(sign, healed);
  // Both moments as n6 has them: when it learned of the death, and when the new process was there.
  print.fact(`${what}, pid ${pid}: started again as ${back.pid}`, Date.parse(back.since) - Date.parse(back.lastExit.at));
  print.fact(`${' '.repeat(what.length)}  ${sign}`, performance.now() - began);
}

async function showSvc(print: Print, host: Host, ...words: string[]): Promise<void> {
  print.command(`svc ${words.join(' ')}`);
  const { code, stdout, stderr } = await host.run('svc', ...words);
  if (code !== 0) throw new Error(`svc ${words.join(' ')} ended with ${code}: ${stderr}${stdout}`);
  print.text(`${stdout}${stderr}`);
}

const isUp = ({ state }: Status): boolean => state === 'up' || state === 'ready';
const statuses = async (host: Host): Promise<Status[]> => (await host.client.call('services')).services;
const statusOf = async (host: Host, name: string): Promise<Status> => (await host.client.call('service', { parameters: { name } })).service;

function table(servers: Awaited<ReturnType<Site['servers']>>): string {
  return ['SERVER  STATUS  ADDRESS', ...servers.map(({ name, status, address }) => `${name.padEnd(8)}${status.padEnd(8)}${address}`)].join('\n');
}

/** For people who want to play on. */
export function invite({ site, print }: Pick<Stage, 'site' | 'print'>): void {
  print.step('It goes on running until Ctrl-C; in another terminal:');
  print.text(['', ...site.commands, '', ...site.hosts().map(({ name, svc }) => `${name}: ${svc} status`)].join('\n'));
}

export const summary = (milliseconds: number): string => `Everything above really happened, in ${inWords(milliseconds)}.`;
