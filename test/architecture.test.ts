import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { complaints, RULES } from './architecture.ts';

const src = path.resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

test('every file of src imports, says and weighs what its folder may', () => {
  const sources = files.map((file) => ({ path: file.split(path.sep).join('/'), text: readFileSync(path.join(src, file), 'utf8') }));
  expect(sources.length).toBeGreaterThan(0);
  expect(complaints(sources)).toEqual([]);
});

test('every rule is for a folder that there is', () => {
  const there = new Set(files.map((file) => file.split(path.sep)[0]));
  for (const folder of Object.keys(RULES).filter((name) => name !== '(root)')) expect([...there]).toContain(folder);
});

describe('a planted offence is told', () => {
  for (const [file, text, expected] of [
    ['core/a.ts', "import { readFileSync } from 'node:fs';", 'core/ may not import node:fs'],
    ['core/a.ts', "import type { Kernel } from '../kernel/kernel.ts';", 'core/ may not import kernel/'],
    ['core/a.ts', "export * from '../servicedir/read.ts';", 'core/ may not import servicedir/'],
    ['core/a.ts', "type K = import('../kernel/kernel.ts').Kernel;", 'core/ may not import kernel/'],
    ['core/a.ts', "import pino from 'pino';", 'core/ may not import the package pino'],
    ['core/a.ts', "import fs from 'fs';", 'core/ may not import the package fs'],
    ['core/a.ts', 'export const now = () => Date.now();', 'core/ may not use Date.now'],
    ['core/a.ts', 'export const now = () => new Date();', 'core/ may not use new Date()'],
    ['core/a.ts', 'export const now = () => performance.now();', 'core/ may not use performance'],
    ['core/a.ts', 'export const dice = () => Math.random();', 'core/ may not use Math.random'],
    ['core/a.ts', 'setTimeout(() => undefined, 1);', 'core/ may not use setTimeout'],
    ['core/a.ts', "export const home = process.env['HOME'];", 'core/ may not use process'],
    ['core/a.ts', 'export const home = globalThis.process;', 'core/ may not use globalThis'],
    ['cli/a.ts', "import { createKernel } from '../kernel/linux.ts';", 'cli/ may not import kernel/'],
    ['cli/a.ts', "const { createSupervisor } = await import('../supervisor/supervisor.ts');", 'cli/ may not import supervisor/'],
    ['cli/commands/a.ts', "import { createHookRunner } from '../../hooks/run.ts';", 'cli/ may not import hooks/'],
    ['cli/a.ts', "import { main } from '../main.ts';", 'cli/ may not import main.ts/'],
    ['kernel/a.ts', "import { step } from '../supervisor/supervisor.ts';", 'kernel/ may not import supervisor/'],
    ['kernel/spawn.ts', "import koffi from 'koffi';", 'only kernel/libc.ts may import koffi'],
    ['kernel/spawn.ts', "createRequire(import.meta.url).resolve('koffi/lib/x.js');", 'only kernel/libc.ts may import koffi/lib/x.js'],
    ['kernel/a.ts', "import { spawn } from 'node:child_process';", 'kernel/ may not import node:child_process'],
    ['kernel/a.ts', "const { spawn } = require('node:child_process');", 'kernel/ may not import node:child_process'],
    ['kernel/a.ts', "const { spawn } = createRequire(import.meta.url)('node:child_process');", 'kernel/ may not import node:child_process'],
    ['supervisor/a.ts', "import { execa } from 'execa';", 'supervisor/ may not import the package execa'],
    ['hooks/run.ts', "import { execa } from 'execa';", 'only hooks/execute.ts may import execa'],
    ['boot/a.ts', "import yargs from 'yargs/yargs';", 'boot/ may not import the package yargs/yargs'],
    ['boot/a.ts', "import Handlebars from 'handlebars';", 'boot/ may not import the package handlebars'],
    ['boot/a.ts', "import { svc } from '../cli/main.ts';", 'boot/ may not import cli/'],
    ['control/a.ts', "import { watch } from 'chokidar';", 'control/ may not import the package chokidar'],
    ['control/a.ts', "import { Kernel } from '../kernel/kernel';", 'writes ../kernel/kernel without .ts'],
    ['control/a.ts', "import { play } from '../../test/core/play.ts';", 'which is not in src/'],
    ['control/a.ts', 'const name = "x"; await import(name);', 'imports what is not written as text'],
    ['hooks/a.ts', 'process.kill(1, 9);', 'only kernel/ may use process.kill'],
    ['hooks/a.ts', "process['kill'](1, 9);", 'only kernel/ may use process.kill'],
    ['hooks/a.ts', 'const { kill: end } = process;', 'only kernel/ may use process.kill'],
    ['boot/a.ts', "process.on('SIGTERM', () => undefined);", "only kernel/ may listen to 'SIGTERM'"],
    ['boot/a.ts', "process.once('SIGCHLD', () => undefined);", "only kernel/ may listen to 'SIGCHLD'"],
    ['boot/a.ts', "process.stdout.write('x');", 'nobody may open process.stdout'],
    ['kernel/a.ts', 'process.stderr.fd;', 'nobody may open process.stderr'],
    ['nowhere/a.ts', 'export {};', 'src/nowhere/ has no rule'],
    ['main.ts', "import { createKernel } from './kernel/linux.ts';", 'main.ts/ may not import kernel/'],
    ['servicedir/a.ts', '\n'.repeat(251), '251 lines'],
  ] as const) {
    test(`${file}: ${text.trim() === '' ? 'too long' : text}`, () => {
      const told = complaints([{ path: file, text }]);
      expect(told).toHaveLength(1);
      expect(told[0]).toContain(expected);
    });
  }
});

describe('what is allowed is not told', () => {
  for (const [file, text] of [
    ['core/a.ts', "import { step } from './service.ts'; // import fs from 'node:fs'; Date.now()"],
    ['core/a.ts', "export const text = \"import fs from 'node:fs'\"; export const at = (wall: number) => new Date(wall).toISOString();"],
    ['core/a.ts', "export const steps = { process: 1 }; export type Step = { process: number }; export const p = (s: Step) => s.process;"],
    ['cli/a.ts', "import { version } from '../version.ts'; import { COMMANDS } from '../core/commands.ts';"],
    ['boot/a.ts', "const { createHookRunner } = await import('../hooks/run.ts'); process.on('uncaughtException', () => undefined);"],
    ['kernel/libc.ts', "createRequire(here).resolve(`@koromix/koffi-linux-${process.arch}/x.node`); process.dlopen(module, path);"],
    ['kernel/signals.ts', "process.on('SIGTERM', () => undefined); process.kill(1, 9);"],
    ['supervisor/a.ts', "import type { Kernel } from '../kernel/kernel.ts'; kernel.signal(1, 'SIGTERM');"],
    ['main.ts', "const { runContainer } = await import('./boot/container.ts'); import { version } from './version.ts';"],
  ] as const) test(`${file}: ${text}`, () => expect(complaints([{ path: file, text }])).toEqual([]));
});
