/**
 * Builds svc in pieces: what it does takes less time than reading its program does, so each command reads its own pieces alone.
 * Names of functions stay, for whoever has to read a stack.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';

/** What scripts, hooks and people call most lies in one file, because each file more costs a tenth of what Node's start does. */
const TOGETHER = ['src/svc.ts', 'src/cli/commands/status.ts', 'src/client/connect.ts'];

/** `write(file, text)` puts one file below `lib`; `define` and `fileUrl` are what stands for import.meta in CommonJS. */
export async function buildSvc({ root, lib, define, fileUrl, write }) {
  const { outputFiles, metafile: { outputs } } = await build({
    absWorkingDir: root,
    entryPoints: { svc: 'src/svc.ts' },
    bundle: true,
    splitting: true,
    metafile: true,
    write: false,
    outdir: 'out',
    chunkNames: 'svc/[name]-[hash]',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    // As in build.mjs.
    alias: { handlebars: 'handlebars/dist/cjs/handlebars.js' },
    external: ['source-map'],
    legalComments: 'none',
    logLevel: 'warning',
    define,
  });
  const out = path.join(root, 'out');
  // esbuild splits ESM only, and Node reads CommonJS sooner.
  const pieces = new Map(await Promise.all(outputFiles.map(async ({ path: file, text }) => {
    const { code } = await transform(text, {
      format: 'cjs', platform: 'node', target: 'node20.19', supported: { 'dynamic-import': false }, minifyWhitespace: true, minifySyntax: true,
    });
    return [path.relative(out, file), text.includes('n6_file_url') ? `${fileUrl}\n${code}` : code];
  })));
  const together = closure(outputs);
  mkdirSync(path.join(lib, 'svc'), { recursive: true });
  write('svc.cjs', ENTRY);
  write('svc-main.cjs', packed([...together].map((name) => [name, pieces.get(name)])));
  for (const [name, code] of pieces) if (!together.has(name)) write(name, alone(code, together));
  for (const name of readdirSync(path.join(lib, 'svc'))) {
    if (!pieces.has(`svc/${name}`) || together.has(`svc/${name}`)) rmSync(path.join(lib, 'svc', name), { force: true });
  }
  write('svc.cache', await compiled(root, lib));
}

/**
 * Takes over what V8 has compiled at the build, which is a fifth of what `svc status` takes. Another V8 than that of the build finds
 * that out by itself (its version and flags stand in the cache) and compiles as always.
 */
const ENTRY = `'use strict';
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');
const filename = __dirname + '/svc-main.cjs';
let cachedData;
try {
  cachedData = readFileSync(__dirname + '/svc.cache');
} catch {
  // It is not needed.
}
const source = '(function (module, require, __filename, __dirname) {' + readFileSync(filename, 'utf8') + '})';
new Script(source, { filename, cachedData }).runInThisContext()(module, require, filename, __dirname);
`;

/** What V8 has compiled when `svc status` has shown services: asked of a stand-in, because nothing is supervised here. */
async function compiled(root, lib) {
  const directory = mkdtempSync(path.join(tmpdir(), 'n6-build-'));
  const server = createServer((_, response) => {
    const answer = JSON.stringify({ schema: 1, services: [SHOWN, { ...SHOWN, name: 'b', state: 'down', pid: null, uptime: null }] });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  });
  try {
    await new Promise((resolve, reject) => server.once('error', reject).listen(path.join(directory, 'control.sock'), resolve));
    const file = path.join(directory, 'cache');
    const words = [path.join(root, 'scripts/cache.cjs'), file, path.join(lib, 'svc.cjs'), '--dir', directory, 'status'];
    await promisify(execFile)(process.execPath, words, { env: {} });
    return readFileSync(file);
  } finally {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

const SHOWN = { name: 'a', state: 'up', pid: 1, uptime: 61.5, restarts: 0, why: 'exit 1, next try in 1.0 s', stale: false, health: null };

/** The pieces of TOGETHER with all that they need at once, the entry first. */
function closure(outputs) {
  const short = (file) => file.replace(/^out\//, '');
  const found = new Set();
  const add = (file) => {
    if (found.has(short(file))) return;
    found.add(short(file));
    for (const { path: other, kind, external } of outputs[file].imports) if (kind === 'import-statement' && external !== true) add(other);
  };
  for (const source of TOGETHER) {
    const file = Object.keys(outputs).find((name) => outputs[name].entryPoint === source);
    if (file === undefined) throw new Error(`scripts/svc.mjs: ${source} is no piece of svc; is it imported with import()?`);
    add(file);
  }
  return found;
}

const NAMED = /\brequire\("\.\.?\/((?:svc\/)?[\w-]+\.cjs)"\)/g;
const placeOf = (name) => (name === 'svc.cjs' || name.startsWith('svc/') ? name : `svc/${name}`);

/** One file that holds several: each is run when it is asked for first. What it does not hold is a file of its own. */
function packed(pieces) {
  const held = new Set(pieces.map(([name]) => name));
  const functions = pieces.map(([name, code]) => {
    const own = code.replace(NAMED, (_, other) => (held.has(placeOf(other)) ? `n6_piece("${placeOf(other)}")` : `require("./${placeOf(other)}")`));
    return `${JSON.stringify(name)}(module,exports){${own}\n}`;
  });
  return `"use strict";const n6_run={},n6_pieces={${functions.join(',\n')}};\n`
    + 'function n6_piece(name){let m=n6_run[name];if(m===undefined){m=n6_run[name]={exports:{}};n6_pieces[name](m,m.exports)}return m.exports}\n'
    + `module.exports=n6_piece;n6_piece(${JSON.stringify(pieces[0][0])});\n`;
}

/** A file of its own asks svc.cjs for what svc-main.cjs holds. */
function alone(code, together) {
  return code.replace(NAMED, (whole, other) => (together.has(placeOf(other)) ? `require("../svc.cjs")("${placeOf(other)}")` : whole));
}
