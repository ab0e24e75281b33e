/** What templates need of n6: commands, reloads, accounts, what there is to see. Loaded with them. */
import type { Member } from '../core/members.ts';
import { DEFAULTS, type Definition } from '../core/definition.ts';
import { errnoText, exitText, failureText, seconds } from '../core/messages.ts';
import type { Service } from '../core/service.ts';
import { statusOf } from '../core/status.ts';
import type { LinuxKernel } from '../kernel/kernel.ts';
import { identityOf } from '../launch/accounts.ts';
import type { Launcher } from '../launch/launcher.ts';
import { readOwn } from '../launch/own.ts';
import { failureOf } from '../launch/refusal.ts';
import type { Runs } from '../supervisor/runs.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { createTail } from '../supervisor/tail.ts';
import type { ServiceView, Sources } from '../templates/data.ts';
import type { CommandEnd, ReloadEnd, RunCommand, TransactionOptions } from '../templates/transaction.ts';
import { textVariables } from './doors.ts';
import { loadEnvironment } from './environment.ts';

/** Bytes of a checker's output that are looked at. */
const OUTPUT = 16 * 1024;
/** Milliseconds that a service which is only starting has until it can be reloaded. */
const START_PATIENCE = 10_000;

export type World = Readonly<{
  kernel: LinuxKernel;
  supervisor: Supervisor;
  launcher: Launcher;
  runs: Runs;
  containerEnvironment: string;
  members(): readonly Member[];
}>;

export const sourcesOf = ({ supervisor, containerEnvironment, members }: World): Sources => ({
  members,
  services: () => servicesOf(supervisor),
  environment: () => textVariables(loadEnvironment(containerEnvironment)),
});

export function servicesOf(supervisor: Supervisor): ServiceView[] {
  return supervisor.roster.all().map((service) => viewOf(service));
}

const MOMENT = { monotonic: 0, wall: 0 };
export const viewOf = (service: Service): ServiceView => ({ name: service.definition.name, state: statusOf(service, MOMENT).state, instances: [] });

export const accountsOf: TransactionOptions['accounts'] = ({ user, group }) => {
  if (user === undefined && group === undefined) return {};
  try {
    const identity = identityOf({ user, group, groups: undefined }, readOwn());
    return { ...(user === undefined ? {} : { user: identity!.user }), ...(group === undefined ? {} : { group: identity!.group }) };
  } catch (error) {
    return failureText(failureOf(error, 'owner'));
  }
};

export function commandRunner({ kernel, supervisor, launcher, runs }: World): RunCommand {
  return (argv, { service, directory, within }) => {
    const definition: Definition = supervisor.roster.get(service ?? '')?.definition ?? { ...DEFAULTS, name: 'templates', directory, fingerprint: '' };
    const launched = launcher.prepare(definition, argv);
    const failed = (how: string): ReturnType<RunCommand> => ({ ended: Promise.resolve({ how, output: '' }), abort: () => undefined });
    if ('failure' in launched) return failed(failureText(launched.failure));
    let stop = (): void => undefined;
    try {
      const output = createTail(kernel, OUTPUT);
      const began = kernel.now();
      const ended = new Promise<CommandEnd>((resolve) => {
        const run = runs.start({ ...launched, session: true, stdio: ['null', output.descriptor, output.descriptor] }, {
          limit: within, answered: () => output.given(), output: () => output.reading(),
          ended(outcome) {
            const isLate = kernel.now() - began >= within;
            output.end((bytes) => resolve({ how: howOf(outcome, isLate ? within : undefined), output: bytes.toString() }));
          },
        });
        stop = () => run.abort();
      });
      return { ended, abort: () => stop() };
    } catch (error) {
      return failed(errnoText((error as NodeJS.ErrnoException).code ?? String(error)));
    }
  };
}

/** `over`: milliseconds, where its time was over. */
function howOf(outcome: Parameters<NonNullable<Parameters<Runs['start']>[1]['ended']>>[0], over: number | undefined): string | undefined {
  if ('failure' in outcome) return failureText(outcome.failure);
  if ('code' in outcome.exit && outcome.exit.code === 0) return undefined;
  return over !== undefined && 'signal' in outcome.exit ? `it took longer than ${seconds(over)}` : exitText(outcome.exit);
}

/** By the machinery of `svc reload`. What is not running takes the new file at its next start. */
export async function reloadService(supervisor: Supervisor, name: string): Promise<ReloadEnd> {
  if (!await hasStarted(supervisor, name)) return { ok: true };
  return new Promise((resolve) => {
    let earlier = supervisor.roster.get(name)?.reloading !== undefined;
    const unsubscribe = supervisor.journal.subscribe((event) => {
      if (event.service !== name) return;
      if (event.event === 'service-exited' || event.event === 'service-removed') return end({ ok: false, detail: `${name} ended while it was being reloaded` });
      if (event.event !== 'service-reloaded') return;
      // The end of one that was asked for before the file was there says nothing of it.
      if (earlier) return void (earlier = false);
      const { ok, step = 'reload', detail = '' } = event as { ok?: boolean; step?: string; detail?: string };
      end(ok === false ? { ok: false, step, detail } : { ok: true });
    });
    const end = (result: ReloadEnd): void => {
      unsubscribe();
      resolve(result);
    };
    if (!supervisor.give(name, { type: 'reloadWanted' })) end({ ok: true });
  });
}

/**
 * False: it does not run, and nothing tells it to but its next start. One that is starting may have read the file already,
 * and may not be able to hear a signal yet: it is waited for.
 */
function hasStarted(supervisor: Supervisor, name: string): Promise<boolean> {
  const look = (): boolean | undefined => {
    const service = supervisor.roster.get(name);
    if (service === undefined) return false;
    const { state } = viewOf(service);
    return state === 'starting' ? undefined : state === 'up' || state === 'ready';
  };
  const now = look();
  if (now !== undefined) return Promise.resolve(now);
  return new Promise((resolve) => {
    const end = (started: boolean): void => {
      clearTimeout(timer);
      unwatch();
      resolve(started);
    };
    const timer = setTimeout(() => end(true), START_PATIENCE);
    const unwatch = supervisor.watch((changed) => {
      const started = changed === name ? look() : undefined;
      if (started !== undefined) end(started);
    });
  });
}
