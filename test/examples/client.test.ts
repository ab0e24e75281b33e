/** `n6/client` as a user has it: the built package, its types through his compiler, the examples of its page on a real supervisor. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { createN6 } from '../../src/client/client.ts';
import { root, run, supervise, temporary } from '../help/machine.ts';

const page = readFileSync(path.join(root, 'docs/reference/client.md'), 'utf8');
const examples = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, text]) => text!);

/** A package that depends on n6. */
function consumer(files: Readonly<Record<string, string>>): string {
  const directory = temporary();
  mkdirSync(path.join(directory, 'node_modules/@types'), { recursive: true });
  symlinkSync(root, path.join(directory, 'node_modules/n6'));
  for (const name of ['@types/node', 'undici-types']) symlinkSync(path.join(root, 'node_modules', name), path.join(directory, 'node_modules', name));
  writeFileSync(path.join(directory, 'package.json'), '{ "type": "module" }');
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text);
  return directory;
}

/** For each file; what is wrong with the package itself, under "". */
function compilerSays(directory: string, names: readonly string[]): Record<string, string[]> {
  const program = ts.createProgram(names.map((name) => path.join(directory, name)), {
    module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, exactOptionalPropertyTypes: true, noEmit: true,
    // The types of the package are checked, too, as they are for somebody who has not set skipLibCheck.
    skipLibCheck: false, types: ['node'], typeRoots: [path.join(directory, 'node_modules/@types')], preserveSymlinks: true,
  });
  const found: Record<string, string[]> = {};
  for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const name = names.find((each) => file?.fileName === path.join(directory, each)) ?? '';
    (found[name] ??= []).push(ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
  return found;
}

test('its types compile in a strict consumer, and refuse what is wrong', () => {
  const wrong = `import { connect } from 'n6/client';
    const n6 = connect({ sockets: '/x' });
    await n6.start(7);
    const state: 'running' = (await n6.service('web')).state;
    await n6.waitFor('web', 'gone');
    export { state };`;
  const directory = consumer({ ...Object.fromEntries(examples.map((text, i) => [`example-${i}.ts`, text])), 'wrong.ts': wrong });
  const { 'wrong.ts': complaints, ...others } = compilerSays(directory, [...examples.map((_, i) => `example-${i}.ts`), 'wrong.ts']);
  expect(others).toEqual({});
  expect(complaints).toHaveLength(4);
  expect(complaints!.join('\n')).toMatch(/sockets[^]*number[^]*running[^]*gone/);
});

test('every example of its page runs', async () => {
  const machine = await supervise({
    'web/run!': "#!/bin/sh\ntrap : USR1\necho ready\nwhile :; do sleep 1000 & wait; done\n", 'web/service.yaml': 'logs: raw\n',
  });
  expect(examples).toHaveLength(5);
  const outputs: string[] = [];
  for (const [i, text] of examples.entries()) {
    const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } });
    const directory = consumer({ [`example-${i}.js`]: outputText });
    const ran = await run(process.execPath, [`example-${i}.js`], { cwd: directory, env: { ...process.env, N6_DIR: machine.services } });
    expect(ran, text).toMatchObject({ code: 0, stderr: '' });
    outputs.push(ran.stdout);
  }
  expect(outputs[0]).toMatch(/^web up \d+ \n$/);
  expect(outputs[3]).toMatch(/ web ready\n/);
  expect(outputs[4]).toBe('no service named "wbe"; did you mean "web"?\n');
});

test('its page has every method, and no other', () => {
  const [, rows] = /^## Methods$[^|]*((?:^\|.*\n)+)/m.exec(page)!;
  const documented = [...rows!.matchAll(/^\| (.*?) \|/gm)].slice(2).flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name));
  expect(documented.sort()).toEqual(Object.keys(createN6('/none')).sort());
});
