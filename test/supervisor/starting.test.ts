/** What the kernel is asked to start for a service, by what its service.yaml says. */
import { describe, expect, test } from 'vitest';
import type { Definition } from '../../src/core/definition.ts';
import { PLAIN, PLAIN_LAUNCH, type Policy } from '../../src/core/policy.ts';
import { createPipes } from '../../src/supervisor/pipes.ts';
import { createProcesses } from '../../src/supervisor/processes.ts';
import type { Launcher } from '../../src/launch/launcher.ts';
import { createLauncher } from '../../src/launch/launcher.ts';
import { definition } from '../help/definition.ts';
import { fakeKernel, type FakeKernel } from '../help/fake-kernel.ts';

const environment = [Buffer.from('A=1')];
type World = { kernel: FakeKernel; processes: ReturnType<typeof createProcesses>; given: unknown[] };

function world(options: { launcher?: Launcher; variables?: Record<string, string> } = {}): World {
  const kernel = fakeKernel();
  const given: unknown[] = [];
  const launcher = options.launcher ?? createLauncher({ environment: () => environment, searchPath: '' });
  const processes = createProcesses({
    kernel, launcher, pipes: createPipes(kernel), environment: () => environment, variablesOf: () => options.variables,
    give: (_name, answer) => void given.push(answer),
  });
  return { kernel, processes, given };
}
const saying = (policy: Partial<Policy>, changes: Partial<Definition> = {}): Definition => definition({ policy: { ...PLAIN, ...policy }, ...changes });

describe('run', () => {
  test.each<[string, Partial<Policy>, string[]]>([
    ['./run', {}, ['./run', 'web']],
    ['command', { launch: { ...PLAIN_LAUNCH, command: ['/bin/x', 'y'] } }, ['/bin/x', 'y']],
    ['up before command', { up: ['/bin/up'], launch: { ...PLAIN_LAUNCH, command: ['/bin/x'] } }, ['/bin/up']],
  ])('%s', (_what, policy, words) => {
    const { kernel, processes } = world();
    processes.run(saying(policy));
    const { request } = kernel.pending[0]!;
    expect(request).toMatchObject({ program: words[0], arguments: words, session: true, directory: '/services/web', stdio: ['null', 'inherit', 'inherit'] });
    expect(request.environment).toBe(environment);
  });

  test('variables of this start are added', () => {
    const { kernel, processes } = world({ variables: { NOTIFY_SOCKET: '@n6' } });
    processes.run(saying({}));
    expect(kernel.pending[0]!.request.environment.map(String)).toEqual(['A=1', 'NOTIFY_SOCKET=@n6']);
  });

  test('what the launcher refuses is a failed start, and nothing is opened or left open for it', () => {
    const failure = { code: 'ENOENT', step: 'tool', subject: 'x', hopeless: true } as const;
    const { kernel, processes, given } = world({ launcher: { prepare: () => ({ failure }) } });
    processes.run(saying({}, { notificationDescriptor: 3, lockDescriptor: 4 }));
    expect(given).toEqual([{ type: 'spawnFailed', failure }]);
    expect([kernel.pending, kernel.closed]).toEqual([[], []]);
  });
});

test('down is run as the service is, and answered as run', () => {
  const { kernel, processes, given } = world();
  processes.down(saying({ down: ['/bin/down', 'now'] }, { notificationDescriptor: 3 }));
  expect(kernel.pending[0]!.request).toMatchObject({ program: '/bin/down', arguments: ['/bin/down', 'now'] });
  expect(kernel.pending[0]!.request.descriptors).toBeUndefined();
  kernel.pending[0]!.answer({ pid: 7 });
  expect(given).toEqual([{ type: 'spawned', pid: 7 }]);
});

test('finish has neither the user nor the variables of run', () => {
  const { kernel, processes } = world({ launcher: { prepare: () => { throw new Error('asked'); } }, variables: { X: '1' } });
  processes.finish(saying({ launch: { ...PLAIN_LAUNCH, user: 'www', cwd: '/srv' } }), 7, { code: 3 });
  const { request } = kernel.pending[0]!;
  expect(request).toMatchObject({ directory: '/services/web', program: './finish', arguments: ['./finish', '3', '0', 'web', '7'] });
  expect(request.environment).toBe(environment);
});
