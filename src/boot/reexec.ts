/**
 * The supervisor replaces itself (execve(2)): nothing new is started, what is being started is awaited, doors are closed behind their clients,
 * the state is written, and this process becomes n6 once more, with the same pid and children. Until the very last step everything can go on as
 * before, and does where something is wrong. Loaded when somebody asks.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { exitText, failureText } from '../core/messages.ts';
import { writePlain } from '../core/persist/codec.ts';
import { STATE_VERSION, type SavedLife, type Saving, type StateFile } from '../core/persist/life.ts';
import { notReplaced } from '../core/persist/messages.ts';
import type { LinuxKernel, Successor } from '../kernel/kernel.ts';
import type { Gate } from '../supervisor/gate.ts';
import { createLastLine } from '../supervisor/last-line.ts';
import type { RunOutcome, Runs } from '../supervisor/runs.ts';
import { beginGuard, endGuard, tellGroups } from './guard.ts';
import { environFileOf } from './successor.ts';

export type ReexecOptions = Readonly<{
  gate: Gate<LinuxKernel>;
  /** Starts although the gate is closed. */
  kernel: LinuxKernel;
  runs: Runs;
  /** Directory of the n6 installation; undefined: none. */
  home: string | undefined;
  /** Milliseconds of an ordered shutdown. */
  grace: number;
  /** Where the state is written: a directory that is n6's alone. */
  runtime: string;
  successor(stateFile: string, commandPid?: number): Successor;
  /** What is there now; `frozenAt` is the monotonic moment since which nothing has been started. */
  save(saving: Saving, frozenAt: number): Omit<SavedLife, 'guard'>;
  /** Parts with a life of their own that must stand still, in this order, while services are still looked after. `thaw` undoes it. */
  parts: readonly Part[];
  /** The one that comes when nothing is started any more. */
  last: Part;
  /** An ordered shutdown has begun: no other life is to come. */
  ending(): boolean;
  report(text: string): void;
  /** What has been said is written. */
  flush(): void;
}>;

export type Part = Readonly<{ freeze(saving: Pick<Saving, 'keep'>): Promise<void> | void; thaw(): Promise<void> | void }>;

export const STATE_FILE = 'state.json';
/** Milliseconds that starts which are in flight may take to be answered. */
const PATIENCE = 10_000;
/** Kept from this life until the next can hear them; TERM and INT are those that can be seen afterwards, too (kernel/signals.ts). */
const BLOCKED = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGPWR', 'SIGHUP', 'SIGALRM', 'SIGWINCH'];
/** What asks for no end must not be one: Node empties its mask before anybody hears, and the default action of these ends n6. */
const HARMLESS = ['SIGHUP', 'SIGALRM', 'SIGWINCH'];

/**
 * The program that this process is to become is started beside it first, and asked whether it understands the state: one that cannot be started, or
 * is too old or too new for it, would be the end of the supervisor. Gives a sentence about what is wrong; undefined: nothing. Never rejects.
 */
export async function askSuccessor(options: ReexecOptions): Promise<string | undefined> {
  try {
    await ask(options);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

async function ask({ kernel, runs, runtime, save, successor }: ReexecOptions): Promise<void> {
  const file = path.join(runtime, `${STATE_FILE}.check`);
  // As it is: what is held and kept is found out later, and has the same form.
  const saving: Saving = { startTime: (pid) => kernel.startTime(pid), keep: (descriptor) => descriptor };
  write(file, { version: STATE_VERSION, life: { ...save(saving, kernel.now()), guard: undefined } });
  const { program, arguments: words, environment } = successor(file);
  const script = words.slice(0, words.indexOf('--') + 2);
  try {
    const output = createLastLine(kernel);
    const outcome = await new Promise<RunOutcome>((ended) => {
      runs.start({
        directory: process.cwd(), program, arguments: [...script, 'check-state', file], environment, session: true,
        stdio: ['null', output.descriptor, output.descriptor],
      }, { limit: PATIENCE, answered: () => output.given(), ended });
    });
    const line = await new Promise<string>((done) => output.end(done));
    if ('failure' in outcome) throw new Refused(`${program} cannot be started: ${failureText(outcome.failure)}`);
    if ('code' in outcome.exit && outcome.exit.code === 0) return;
    throw new Refused(`${script.at(-1)} cannot go on from here: ${line === '' ? exitText(outcome.exit) : `${line} (${exitText(outcome.exit)})`}`);
  } finally {
    for (const left of [file, environFileOf(file)]) rmSync(left, { force: true });
  }
}

/** Resolves only when it has failed, told, and everything goes on as before. Never rejects. */
export async function reexecute(options: ReexecOptions): Promise<void> {
  const { gate, parts } = options;
  const { kernel } = gate;
  const kept = new Set<number>();
  const copies = new Set<number>();
  const keep = (descriptor: number): number => {
    const held = kernel.hold(descriptor);
    kept.add(held);
    if (held !== descriptor) copies.add(held);
    return held;
  };
  const frozen: Part[] = [];
  try {
    for (const part of parts) {
      frozen.push(part);
      await part.freeze({ keep });
    }
    const frozenAt = kernel.now();
    await awaitStarts(gate);
    frozen.push(options.last);
    await options.last.freeze({ keep });
    await becomeSuccessor(options, { keep, startTime: (pid) => kernel.startTime(pid) }, kept, frozenAt);
  } catch (error) {
    options.report(notReplaced(reasonOf(error)));
    for (const descriptor of copies) kernel.close(descriptor);
    if (frozen.at(-1) === options.last) await frozen.pop()!.thaw();
    gate.open();
    for (const part of frozen.reverse()) await part.thaw();
  }
}

function awaitStarts(gate: Gate<LinuxKernel>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Refused(`programs that are being started have not been for ${PATIENCE / 1000} s`)), PATIENCE);
    gate.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Gives the signals that have come, and are waiting for their turn in the loop, that turn; then everything happens in one. */
async function becomeSuccessor(
  { kernel, home, grace, runtime, save, successor, ending, flush }: ReexecOptions, saving: Saving, kept: Set<number>, frozenAt: number,
): Promise<never> {
  const stateFile = path.join(runtime, STATE_FILE);
  const blocked = kernel.blockSignals(BLOCKED);
  let guard: number | undefined;
  try {
    guard = await beginGuard({ kernel, home, stateFile, grace });
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (ending()) throw new Refused('an ordered shutdown has begun');
    const life = { ...save(saving, frozenAt), guard: guard === undefined ? undefined : saving.keep(guard) };
    tellGroups(stateFile, life);
    for (const { descriptor } of life.locks) kept.add(descriptor);
    write(stateFile, { version: STATE_VERSION, life });
    const next = successor(stateFile, life.command.process?.pid);
    flush();
    const [came] = blocked.came();
    if (came !== undefined) throw new Refused(`${came} has come`);
    blocked.ignore(HARMLESS);
    return kernel.exec({ ...next, keep: [...kept] });
  } catch (error) {
    for (const left of [stateFile, environFileOf(stateFile)]) rmSync(left, { force: true });
    blocked.unblock();
    endGuard(stateFile, guard);
    throw error;
  }
}

/** Under its name only when it is whole. */
function write(file: string, state: StateFile): void {
  const next = `${file}.new`;
  rmSync(next, { force: true });
  const descriptor = openSync(next, 'wx', 0o600);
  try {
    const bytes = Buffer.from(writePlain(state));
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
  } finally {
    closeSync(descriptor);
  }
  renameSync(next, file);
}

class Refused extends Error {}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
