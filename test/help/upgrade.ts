/** A supervisor that was called through a link, and an installation to upgrade to, whose Node waits at a gate: the gap lasts as long as the test wants. */
import { chmodSync, closeSync, constants, cpSync, existsSync, mkdirSync, openSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root, supervise, temporary, until, type Files, type Machine, type Ran, type SuperviseOptions } from './machine.ts';

export type Upgradable = Machine & Readonly<{
  /** The link leads to another installation now, whose Node is this script. */
  upgrade(node: string): void;
  /** `svc reexec` into the gap; resolves when it has begun. */
  enterGap(): Promise<void>;
  /** Node goes on; resolves when `svc reexec` has ended. */
  leaveGap(): Promise<Ran>;
}>;

const OURS = path.join(root, 'build/n6');

export async function superviseUpgradable(files: Files, options: SuperviseOptions = {}): Promise<Upgradable> {
  const directory = temporary();
  const link = path.join(directory, 'svc');
  const home = path.join(directory, 'next');
  const gate = path.join(directory, 'gate');
  const inside = path.join(directory, 'inside');
  symlinkSync(path.join(OURS, 'bin/svc'), link);
  const machine = await supervise(files, { ...options, wrap: ['sh', '-c', `shift; exec ${link} "$@"`, 'sh', ...(options.wrap ?? [])] });
  let ran: Promise<Ran> | undefined;

  function upgrade(program: string): void {
    if (!existsSync(home)) cpSync(OURS, home, { recursive: true });
    const node = path.join(home, 'runtime/bin/node');
    mkdirSync(path.dirname(node), { recursive: true });
    writeFileSync(node, program);
    chmodSync(node, 0o755);
    symlinkSync(path.join(home, 'bin/svc'), `${link}.new`);
    renameSync(`${link}.new`, link);
  }

  return {
    ...machine,
    upgrade,
    async enterGap() {
      execFileSync('mkfifo', [gate]);
      upgrade(gatedNode(inside, gate));
      ran = machine.svc('reexec');
      await until(() => existsSync(inside), () => machine.output());
    },
    leaveGap() {
      const descriptor = openSync(gate, constants.O_WRONLY);
      writeFileSync(descriptor, '\n');
      closeSync(descriptor);
      return ran!;
    },
  };
}

/** A program that is Node, but for a second life of n6: that makes a file, and waits until somebody writes into a FIFO. No shell: dash reaps strangers. */
export const gatedNode = (inside: string, gate: string): string => [
  '#!/usr/bin/perl',
  'if ($ENV{N6_STATE_FILE} && !grep { $_ eq "check-state" } @ARGV) {',
  `  open(my $inside, ">", "${inside}"); close($inside);`,
  `  open(my $gate, "<", "${gate}"); <$gate>; close($gate);`,
  '}',
  `exec { "${process.execPath}" } "node", @ARGV;`, '',
].join('\n');
