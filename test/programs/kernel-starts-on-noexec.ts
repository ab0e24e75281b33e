/** In a mount namespace of its own: starts scripts and a program from a file system that is mounted noexec. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync, writeSync } from 'node:fs';
import { createKernel } from '../../src/kernel/linux.ts';

const [directory] = process.argv.slice(2);
const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'noexec,mode=0700', 'n6-test', directory!]);
const script = (name: string, content: string, mode = 0o755): void => writeFileSync(`${directory}/${name}`, content, { mode });
script('run', '#!/bin/sh -e\nprintf "%s|" "$0" "$@" "$-" >&5\nexit 9\n');
script('forbidden', '#!/bin/sh\n', 0o644);
script('broken', '#!/nowhere/sh\n');
script('chained', `#!${directory}/run\n`);
script('text', 'echo\n');
copyFileSync('/bin/true', `${directory}/program`);

const kernel = createKernel({
  exited: (_, exit) => say({ exit }), orphanReaped: () => {}, childless: () => {},
  failed: (where, error) => say({ failed: where, error: String(error) }),
}, {});
const { read, write } = kernel.pipe();
let answers = 0;
let output = '';
kernel.read(read, (chunk) => {
  output += chunk?.toString() ?? '';
  if (chunk === undefined) say({ output });
});
for (const name of ['run', 'forbidden', 'broken', 'chained', 'text', 'program']) {
  kernel.spawn({
    directory: directory!, program: `./${name}`, arguments: [name, 'a b', ''], environment: [], session: true,
    stdio: ['null', 'null', 'null'], descriptors: [{ child: 5, source: write }],
  }, (result) => {
    if ('failure' in result) say({ name, ...result.failure });
    if (++answers === 6) kernel.close(write);
  });
}
