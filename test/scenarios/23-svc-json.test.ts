/** 23xx: what svc --json prints of a real supervisor is what schema/svc.schema.json says. */
import { expect, test } from 'vitest';
import { everyCommand } from '../../src/cli/commands/index.ts';
import { EVERYTHING, settled } from '../help/everything.ts';
import { run, supervise, svcProgram } from '../help/machine.ts';
import { documentFaults } from '../help/svc-schema.ts';

const COMMAND_LIST = await everyCommand();

/** Command lines in the order in which they are given, each with --json, and their exit codes. */
const LINES: readonly (readonly [line: string, code: number])[] = [
  ['status', 0], ['status w* off', 3], ['why web bad flaps off wrong', 0], ['tree', 0], ['tree web', 0], ['graph', 0], ['health', 1], ['health db', 0],
  ['env web', 0], ['members', 0], ['rescan', 0], ['logs talks', 0], ['events', 0],
  ['start off', 0], ['once off', 0], ['pause off', 0], ['cont off', 0], ['kill off -s USR1', 0], ['wait db --for ready', 0], ['wait bad --for up', 1],
  ['reload reloads', 1], ['restart web', 0], ['stop off web', 0], ['kill off', 1], ['start off --no-wait', 0], ['reexec', 0], ['status', 0],
];
const IN_LINES = ['logs', 'events'];

test('2301 every command with --json', async () => {
  const machine = await supervise(EVERYTHING);
  await settled(machine);
  const seen = new Set<string>();
  const hold = (command: string, text: string): void => {
    const documents = IN_LINES.includes(command) ? text.split('\n').slice(0, -1) : [text];
    expect(documents.length).toBeGreaterThan(0);
    for (const document of documents) expect([document, documentFaults(command, document)]).toEqual([document, []]);
    seen.add(command);
  };
  for (const [line, code] of LINES) {
    const [command, ...words] = line.split(' ') as [string, ...string[]];
    const ran = await machine.svc(command, ...words, '--json');
    expect([line, ran.code, ran.stderr]).toEqual([line, code, code === 1 ? ran.stderr : '']);
    hold(command, ran.stdout);
  }
  const checked = await run(svcProgram, ['check', machine.services, '--json']);
  expect(checked.code).toBe(1);
  hold('check', checked.stdout);
  // It would link into this machine: links.test.ts looks at it in a container.
  seen.add('link');
  expect([...seen].sort()).toEqual(COMMAND_LIST.filter(({ options }) => 'json' in options).map(({ name }) => name).sort());
});
