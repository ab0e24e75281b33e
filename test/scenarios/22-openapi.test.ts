/** 22xx: what a real supervisor answers is what schema/openapi.json says. */
import { request } from 'node:http';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createClient } from '../../src/control/client.ts';
import { ENDPOINTS, type EndpointName } from '../../src/control/protocol.ts';
import { EVERYTHING, settled } from '../help/everything.ts';
import { supervise, until, type Machine } from '../help/machine.ts';
import { eventFaults, faults } from '../help/openapi.ts';
import { readOpenMetrics } from '../help/openmetrics.ts';

type Asked = Readonly<{ endpoint: EndpointName; target: string; body?: object; status?: number }>;
type Answered = Readonly<{ status: number; type: string | undefined; text: string }>;

const socketOf = (machine: Machine): string => path.join(machine.services, '.n6/control.sock');

function ask(socketPath: string, { endpoint, target, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method: ENDPOINTS[endpoint].method, path: target, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        // A stream has no end of its own.
        if (response.headers['content-type'] === 'text/event-stream') call.destroy();
      });
      response.on('error', () => undefined);
      response.on('close', () => resolve({ status: response.statusCode!, type: response.headers['content-type'], text }));
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const JOIN = { environment: { SERF_EVENT: 'member-join' }, input: 'node-1\t10.0.0.1\tweb\tzone=a\n' };
const REQUESTS: readonly Asked[] = [
  { endpoint: 'supervisor', target: '/v1/supervisor' },
  { endpoint: 'services', target: '/v1/services' },
  { endpoint: 'services', target: '/v1/services?name=w*&name=nope*' },
  { endpoint: 'service', target: '/v1/services/web' },
  { endpoint: 'service', target: '/v1/services/wbe', status: 404 },
  { endpoint: 'wait', target: '/v1/services/web/wait?for=up' },
  { endpoint: 'wait', target: '/v1/services/off/wait?for=up&timeout=1' },
  { endpoint: 'wait', target: '/v1/services/off/wait?for=sideways', status: 400 },
  ...Object.keys(EVERYTHING).flatMap((file) => (file.endsWith('/run!') || file.startsWith('job/') ? [file.split('/')[0]!] : []))
    .map((name): Asked => ({ endpoint: 'why', target: `/v1/services/${name}/why` })),
  { endpoint: 'command', target: '/v1/services/web/restart', body: { wait: true, timeout: 20_000 } },
  { endpoint: 'command', target: '/v1/services/reloads/reload', body: { wait: true, timeout: 20_000 } },
  { endpoint: 'command', target: '/v1/services/off/kill', body: { signal: 'USR1' } },
  { endpoint: 'command', target: '/v1/services/off/strat', status: 404 },
  { endpoint: 'command', target: '/v1/services/off/start', body: { wait: 'yes' }, status: 400 },
  { endpoint: 'rescan', target: '/v1/rescan' },
  { endpoint: 'rescan', target: '/v1/rescan', body: { deep: true }, status: 400 },
  { endpoint: 'poke', target: '/v1/poke/serf', body: JOIN },
  { endpoint: 'poke', target: '/v1/poke/serf', body: {}, status: 400 },
  { endpoint: 'health', target: '/v1/health', status: 503 },
  { endpoint: 'health', target: '/v1/health?name=db' },
  { endpoint: 'environment', target: '/v1/services/web/environment' },
  { endpoint: 'environment', target: '/v1/services/wbe/environment', status: 404 },
  { endpoint: 'usage', target: '/v1/usage' },
  { endpoint: 'graph', target: '/v1/graph' },
  { endpoint: 'change', target: '/v1/changes', body: { direction: 'down', names: ['db'], dry: true } },
  { endpoint: 'change', target: '/v1/changes', body: { direction: 'up', names: ['nobody'] }, status: 404 },
  { endpoint: 'logs', target: '/v1/logs?name=talks&lines=5' },
  { endpoint: 'logs', target: '/v1/logs?lines=none', status: 400 },
  { endpoint: 'logs', target: '/v1/logs?name=talks&follow=1' },
  { endpoint: 'events', target: '/v1/events?since=0' },
  { endpoint: 'events', target: '/v1/events?snapshot=1' },
  { endpoint: 'events', target: '/v1/events?snapshot=yes', status: 400 },
  { endpoint: 'members', target: '/v1/members' },
  { endpoint: 'templates', target: '/v1/templates' },
  { endpoint: 'render', target: '/v1/templates/render', body: { dry: true } },
  { endpoint: 'render', target: '/v1/templates/render', body: { names: ['nobody'] }, status: 404 },
  { endpoint: 'environment', target: '/v1/services/web/environment' },
  { endpoint: 'environment', target: '/v1/services/wbe/environment', status: 404 },
  { endpoint: 'metrics', target: '/metrics' },
  { endpoint: 'reexec', target: '/v1/reexec' },
  { endpoint: 'services', target: '/v1/services' },
  { endpoint: 'shutdown', target: '/v1/shutdown', body: { reason: 'the test is over' } },
];

test('2201 every resource, in success and in failure', async () => {
  const machine = await supervise(EVERYTHING);
  const client = createClient(socketOf(machine));
  await settled(machine);
  const asked = new Set<string>();
  for (const each of REQUESTS) {
    const { status, type, text } = await ask(socketOf(machine), each);
    expect([each, status, text]).toEqual([each, each.status ?? 200, text]);
    expect([each, faults(each.endpoint, status, type, text)]).toEqual([each, []]);
    if (type === 'text/event-stream') for (const [, data] of text.matchAll(/^data: (.*)$/gm)) expect([data, eventFaults(data!)]).toEqual([data, []]);
    if (each.endpoint === 'metrics') {
      const { value } = readOpenMetrics(text);
      expect(value('n6_services{state="failed"}')).toBe(2);
      expect(value('n6_service_exits_total{service="flaps",code="SIGKILL"}')).toBe(value('n6_service_restarts_total{service="flaps"}')! + 1);
      expect(value('n6_service_exits_total{service="bad",code="3"}')).toBe(1);
      expect(value('n6_service_start_seconds_count{stage="ready"}')).toBeGreaterThanOrEqual(1);
    }
    if (each.endpoint === 'members') {
      expect(JSON.parse(text)).toMatchObject({ members: [{ name: 'node-1', address: '10.0.0.1', tags: { zone: 'a' }, status: 'alive' }] });
    }
    if (each.endpoint === 'reexec') await until(async () => (await client.call('supervisor')).supervisor.reexecutions === 1, () => machine.output());
    if (status === 200) asked.add(each.endpoint);
  }
  const isFile = (endpoint: EndpointName): boolean => (ENDPOINTS[endpoint].answers as readonly string[]).includes('file');
  expect(Object.keys(ENDPOINTS).filter((endpoint) => !asked.has(endpoint) && !isFile(endpoint as EndpointName))).toEqual([]);
});
