/**
 * Builds what runs: `build/n6` (the home: lib, bin, command), `build/layer` (the tree that lands on `/` of an image) and
 * `build/client` (what `n6/client` is).
 * Files are replaced by rename, so that a program that is running from an earlier build goes on undisturbed.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { buildClient } from './client.mjs';
import { buildSvc } from './svc.mjs';

const root = path.resolve(import.meta.dirname, '..');
const home = path.join(root, 'build', 'n6');
const layer = path.join(root, 'build', 'layer');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

for (const directory of ['lib', 'bin', 'command']) mkdirSync(path.join(home, directory), { recursive: true });

const programs = {
  'n6.cjs': 'src/main.ts', 'execline.cjs': 'src/execline/main.ts', 'become.cjs': 'src/boot/become.ts', 's6-log.cjs': 'src/log/main.ts',
};
const define = {
  N6_VERSION: JSON.stringify(version),
  'import.meta.filename': '__filename',
  'import.meta.dirname': '__dirname',
  'import.meta.url': 'n6_file_url',
};
const FILE_URL = "const n6_file_url = require('node:url').pathToFileURL(__filename).href;";
for (const [name, source] of Object.entries(programs)) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // Without its printer, and without source maps of templates, which nobody reads.
    alias: { handlebars: 'handlebars/dist/cjs/handlebars.js' },
    external: ['source-map'],
    legalComments: 'none',
    logLevel: 'warning',
    define,
    banner: { js: FILE_URL },
  });
  replace(path.join(home, 'lib', name), outputFiles[0].contents, 0o644);
}
const lib = path.join(home, 'lib');
await buildSvc({ root, lib, define, fileUrl: FILE_URL, write: (name, text) => replace(path.join(lib, name), text, 0o644) });

for (const [platform, file] of nativeLibraries()) replace(path.join(home, 'lib', `koffi.${platform}.node`), readFileSync(file), 0o644);
for (const name of readdirSync(path.join(root, 'src/dashboard'))) {
  if (!name.endsWith('.ts')) replace(path.join(home, 'lib', name), readFileSync(path.join(root, 'src/dashboard', name)), 0o644);
}
for (const name of readdirSync(path.join(root, 'src/companions/launch'))) install(`src/companions/launch/${name}`, `bin/${name}`);
for (const entry of readdirSync(path.join(root, 'src/companions'), { withFileTypes: true })) {
  if (entry.isFile()) install(`src/companions/${entry.name}`, `command/${entry.name}`);
}
for (const name of readdirSync(path.join(root, 'src/companions/lib'))) {
  replace(path.join(home, 'lib', name), readFileSync(path.join(root, 'src/companions/lib', name)), 0o644);
}
for (const name of await wordsOfExecline()) {
  if (!existsSync(path.join(root, 'src/companions', name))) install('src/companions/execline/launcher', `command/${name}`);
}
link('../bin/svc', path.join(home, 'command', 'svc'));
makeLayer();
await buildClient();

/** The programs of execline: those that are not small enough for a script of their own all start Node, by one launcher. */
async function wordsOfExecline() {
  const { outputFiles } = await build({ absWorkingDir: root, entryPoints: ['src/execline/words.ts'], bundle: true, write: false, platform: 'node', format: 'esm' });
  const { WORDS } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  return ['execlineb', ...Object.keys(WORDS)];
}

/** koffi's library for this machine's architecture, for glibc and for musl. */
function nativeLibraries() {
  const require = createRequire(path.join(root, 'package.json'));
  const directory = path.dirname(require.resolve(`@koromix/koffi-linux-${process.arch}`));
  return [`linux_${process.arch}`, `musl_${process.arch}`]
    .map((platform) => [platform, path.join(directory, platform, 'koffi.node')])
    .filter(([, file]) => existsSync(file));
}

/** Contract section 2: `/init`, `/usr/bin/svc`, `/command`, the directories that users fill. */
function makeLayer() {
  const next = `${layer}.${process.pid}`;
  const to = path.join(next, 'usr/lib/n6');
  for (const directory of ['lib', 'bin', 'command']) {
    mkdirSync(path.join(to, directory), { recursive: true });
    for (const entry of readdirSync(path.join(home, directory), { withFileTypes: true })) {
      if (entry.isFile()) copyFileSync(path.join(home, directory, entry.name), path.join(to, directory, entry.name));
    }
  }
  mkdirSync(path.join(to, 'lib/svc'));
  for (const name of readdirSync(path.join(home, 'lib/svc'))) copyFileSync(path.join(home, 'lib/svc', name), path.join(to, 'lib/svc', name));
  for (const directory of ['etc/services.d', 'etc/cont-init.d', 'etc/cont-finish.d', 'etc/fix-attrs.d', 'etc/n6/hooks.d', 'etc/n6/templates.d', 'usr/bin', 'command']) {
    mkdirSync(path.join(next, directory), { recursive: true, mode: 0o755 });
  }
  link('/usr/lib/n6/bin/init', path.join(next, 'init'));
  link('../lib/n6/bin/svc', path.join(next, 'usr/bin/svc'));
  link('../usr/lib/n6/bin/svc', path.join(next, 'command/svc'));
  for (const name of readdirSync(path.join(to, 'command'))) link(`../usr/lib/n6/command/${name}`, path.join(next, 'command', name));
  rmSync(layer, { recursive: true, force: true });
  renameSync(next, layer);
}

function install(source, target) {
  replace(path.join(home, target), readFileSync(path.join(root, source)), 0o755);
}

function replace(file, content, mode) {
  const next = `${file}.${process.pid}`;
  writeFileSync(next, content);
  chmodSync(next, mode);
  renameSync(next, file);
}

function link(target, place) {
  rmSync(place, { force: true });
  symlinkSync(target, place);
}
