/**
 * Builds the package's export `n6/client`: `build/client/index.js`, and its types below `build/client/types`. The compiler takes
 * seconds for these, so that they are made anew only when a source has changed.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const target = path.join(root, 'build', 'client');

export async function buildClient() {
  mkdirSync(target, { recursive: true });
  const { outputFiles } = await build({
    absWorkingDir: root, entryPoints: ['src/client/index.ts'], bundle: true, write: false, platform: 'node', target: 'node20.19', format: 'esm',
    legalComments: 'none', logLevel: 'warning',
  });
  replace('index.js', outputFiles[0].contents);
  const wanted = hashOfSources();
  if (wanted !== read('types.sha256')) {
    await writeTypes();
    replace('types.sha256', wanted);
  }
}

async function writeTypes() {
  const { default: ts } = await import('typescript');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, root);
  const next = path.join(target, `types.${process.pid}`);
  const program = ts.createProgram([path.join(root, 'src/client/index.ts')], {
    ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: path.join(root, 'src'), outDir: next, removeComments: false,
  });
  const { diagnostics } = program.emit();
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, { getCanonicalFileName: String, getCurrentDirectory: () => root, getNewLine: () => '\n' }));
  rmSync(path.join(target, 'types'), { recursive: true, force: true });
  renameSync(next, path.join(target, 'types'));
}

/** Of all that the client may import (test/architecture.ts). */
function hashOfSources() {
  const hash = createHash('sha256');
  for (const folder of ['client', 'control', 'core']) {
    for (const name of readdirSync(path.join(root, 'src', folder), { recursive: true }).sort()) {
      if (name.endsWith('.ts')) hash.update(`${folder}/${name}\0`).update(readFileSync(path.join(root, 'src', folder, name)));
    }
  }
  return hash.digest('hex');
}

function read(name) {
  try {
    return readFileSync(path.join(target, name), 'utf8');
  } catch {
    return undefined;
  }
}

function replace(name, content) {
  const file = path.join(target, name);
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}
