/**
 * Reads sources as the compiler does (not with patterns that a comment could fool) and tells what the layout of the
 * project forbids: imports of any form, and the few words by which a file would act on the world behind the kernel's back.
 */
import path from 'node:path';
import ts from 'typescript';

/** `path` is relative to src/. */
export type Source = Readonly<{ path: string; text: string }>;

type Rule = Readonly<{
  /** Folders it may import, besides itself. */
  ours: readonly string[];
  /** Modules of Node. */
  node: readonly string[];
  /** Packages, each with the files that may import it; the whole folder where none is named. */
  packages?: Readonly<Record<string, readonly string[]>>;
}>;

/** Root files other than main.ts and svc.ts, such as version.ts: boot and cli may import them. */
const ROOT = '(root)';
const DOORS = ['core', 'kernel', 'servicedir', 'launch', 'control', 'haproxy', 'hooks', 'membership', 'templates', 'timers'];

/** Who may import whom. What is not written here is forbidden: a new folder, module or package needs a line, and a reason. */
export const RULES: Readonly<Record<string, Rule>> = {
  core: { ours: [], node: [] },
  kernel: {
    ours: ['core'], node: ['fs', 'inspector', 'module', 'net', 'os', 'path'],
    // koffi's binaries are packages of their own.
    packages: { 'koffi': ['kernel/libc.ts'], '@koromix/koffi-linux-*': ['kernel/libc.ts'] },
  },
  servicedir: {
    ours: ['core', 'execline'], node: ['crypto', 'fs', 'path'],
    // Behind servicedir/yaml/port.ts: nothing of it is loaded before a service.yaml is seen.
    packages: { yaml: ['servicedir/yaml/written.ts'], croner: ['servicedir/yaml/offline.ts'] },
  },
  // `crypto` compares tokens.
  control: { ours: ['core'], node: ['crypto', 'events', 'fs', 'http', 'net', 'path'] },
  hooks: { ours: ['core'], node: ['events', 'fs', 'net', 'path'], packages: { execa: ['hooks/execute.ts'] } },
  // It looks for what execve(2) would refuse, as the kernel does afterwards: behind a chain of tools that would be too late.
  launch: { ours: ['core', 'kernel'], node: ['fs', 'path'] },
  // Asks the supervisor's tally; loaded by the first who wants metrics.
  metrics: { ours: ['core', 'control', 'supervisor'], node: [] },
  // Asks HAProxy by its sockets and looks at what its configuration says; `timers/promises` for a master that says nothing by itself.
  haproxy: { ours: ['core'], node: ['fs', 'fs/promises', 'net', 'timers/promises'] },
  // Asks an agent of Serf, the DNS, or a file; `fs` watches it.
  membership: {
    ours: ['core'], node: ['dns/promises', 'fs', 'net', 'path'], packages: { '@msgpack/msgpack': ['membership/rpc/wire.ts'] },
  },
  // Files that are replaced whole; commands and reloads are handed to it. `control` for the shape of what is shown.
  templates: {
    ours: ['core', 'control', 'servicedir'], node: ['fs', 'fs/promises', 'path'], packages: { handlebars: ['templates/handlebars.ts'] },
  },
  // Watches the supervisor and gives it events, as a door does; `fs` for /proc and pipes.
  probes: { ours: ['core', 'kernel', 'launch', 'logs', 'supervisor'], node: ['fs', 'http', 'net'] },
  // Reads what services write: pipes, files, n6's own output. `control` for the shape of a line, `zlib` and `stream/promises` for archives.
  logs: { ours: ['core', 'control', 'kernel', 'supervisor'], node: ['buffer', 'fs', 'net', 'path', 'stream/promises', 'zlib'] },
  // Static files; the page itself runs in a browser.
  dashboard: { ours: ['control'], node: ['fs', 'path'] },
  // Looks at processes that others have started; /proc is files.
  usage: { ours: ['core'], node: ['fs'] },
  timers: { ours: [], node: [], packages: { croner: ['timers/cron.ts'] } },
  image: { ours: ['core', 'servicedir'], node: ['fs', 'path'] },
  // Other supervisors' configuration; what a pm2 file in JavaScript says, only Node can tell.
  import: {
    ours: ['core', 'control', 'execline', 'servicedir'], node: ['child_process', 'fs', 'os', 'path'], packages: { yaml: [] },
  },
  // A language of its own: the supervisor and the programs of /command use it, it knows neither.
  execline: { ours: ['core'], node: ['fs', 'path'] },
  supervisor: { ours: DOORS, node: [] },
  boot: {
    ours: [...DOORS, 'execline', 'image', 'logs', 'metrics', 'probes', 'supervisor', 'usage', 'dashboard', ROOT],
    node: ['fs', 'os', 'path', 'tty', 'util'],
    packages: { chokidar: ['boot/watch.ts', 'boot/watch-services.ts'], picomatch: ['boot/watch-services.ts'], pino: ['boot/log.ts'] },
  },
  // The public library: a client of the control API, which needs nothing of the supervisor.
  client: { ours: ['core', 'control'], node: ['fs', 'path'] },
  cli: {
    ours: ['core', 'client', 'control', 'image', 'import', 'servicedir', 'templates', ROOT], node: ['fs', 'net', 'os', 'path', 'tty', 'util'],
    packages: { yargs: [] },
  },
  // A program of its own, which is nobody's supervisor: its processors may be children of libuv.
  log: { ours: ['kernel'], node: ['child_process', 'fs', 'module', 'path'] },
  'main.ts': { ours: ['boot', ROOT], node: [] },
  'svc.ts': { ours: ['cli', 'launch', ROOT], node: [] },
  [ROOT]: { ours: [], node: [] },
};

/** Lines of a file that is still seen whole. */
const LONGEST = 250;

/** A clock, chance, or the process around it: what a pure core takes in events instead. */
const IMPURE = ['process', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'console', 'globalThis', 'Buffer'];
/** Methods of `process` that signal, load or change a process. */
const KERNEL_ONLY = ['kill', 'abort', 'dlopen', 'binding', 'setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups'];
/** No supervisor, and the owner of a terminal that it has to give back: to whoever ends it, and when it is stopped. */
const OWNS_A_TERMINAL = 'cli/top/screen.ts';
/** Opening one of these sets O_NONBLOCK on a pipe that services share (architecture, "Facts"). */
const STREAMS = ['stdin', 'stdout', 'stderr'];

export function complaints(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => [...importComplaints(source), ...wordComplaints(source), ...lengthComplaints(source)]);
}

const folderOf = (file: string): string => {
  const [first, ...rest] = file.split('/');
  if (rest.length > 0) return first!;
  return first === 'main.ts' || first === 'svc.ts' ? first : ROOT;
};

function importComplaints({ path: file, text }: Source): string[] {
  const folder = folderOf(file);
  const rule = RULES[folder];
  if (rule === undefined) return [`${file}: src/${folder}/ has no rule; add it to test/architecture.ts`];
  return importsOf(file, text).flatMap((name) => {
    const wrong = whatIsWrong(file, folder, rule, name);
    return wrong === undefined ? [] : [`${file}: ${wrong}`];
  });
}

function whatIsWrong(file: string, folder: string, rule: Rule, name: string | undefined): string | undefined {
  if (name === undefined) return 'imports what is not written as text';
  if (name.startsWith('node:')) return rule.node.includes(name.slice('node:'.length)) ? undefined : `${folder}/ may not import ${name}`;
  if (name.startsWith('.')) {
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), name));
    if (target.startsWith('..')) return `may not import ${name}, which is not in src/`;
    if (!target.endsWith('.ts')) return `writes ${name} without .ts`;
    const other = folderOf(target);
    return other === folder || rule.ours.includes(other) ? undefined : `${folder}/ may not import ${other}/`;
  }
  const known = Object.entries(rule.packages ?? {}).find(([key]) => (key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : packageOf(name) === key));
  if (known === undefined) return `${folder}/ may not import the package ${name}`;
  const [, files] = known;
  return files.length === 0 || files.includes(file) ? undefined : `only ${files.join(', ')} may import ${name}`;
}

const packageOf = (name: string): string => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/');

/** The names of all that a file imports, in whatever form; undefined for one that cannot be read. */
function importsOf(file: string, text: string): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  visit(file, text, (node) => {
    if (ts.isImportDeclaration(node)) found.push(textOf(node.moduleSpecifier));
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) found.push(textOf(node.moduleSpecifier));
    if (ts.isImportTypeNode(node)) found.push(ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined);
    if (ts.isExternalModuleReference(node)) found.push(textOf(node.expression));
    if (ts.isCallExpression(node) && requires(node.expression)) found.push(textOf(node.arguments[0]));
  });
  return found;
}

/** `import(…)`, `require(…)`, `createRequire(…)(…)`, and `.resolve(…)` of these. */
function requires(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'resolve') return requires(callee.expression) || ts.isMetaProperty(callee.expression);
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  return ts.isCallExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === 'createRequire';
}

/** Of a template, its beginning: `@koromix/koffi-linux-${arch}` is known by that. */
function textOf(node: ts.Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  return ts.isTemplateExpression(node) && node.head.text !== '' ? node.head.text : undefined;
}

function wordComplaints({ path: file, text }: Source): string[] {
  const found: string[] = [];
  const folder = folderOf(file);
  const mayHear = folder === 'kernel' || file === OWNS_A_TERMINAL;
  visit(file, text, (node) => {
    if (folder === 'core' && isImpure(node)) found.push(`${file}: core/ may not use ${node.getText()}: its time, chance and process come in events`);
    for (const word of wordsOfProcess(node)) {
      if (folder !== 'kernel' && KERNEL_ONLY.includes(word) && !(word === 'kill' && mayHear)) found.push(`${file}: only kernel/ may use process.${word}`);
      if (STREAMS.includes(word)) found.push(`${file}: nobody may open process.${word}; write to the descriptor`);
    }
    if (!mayHear && listensToSignal(node)) found.push(`${file}: only kernel/ may listen to ${node.getText()}`);
  });
  return found;
}

function isImpure(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return ['Date.now', 'Math.random'].includes(node.getText());
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0;
  if (ts.isCallExpression(node)) return node.expression.getText() === 'Date';
  if (!ts.isIdentifier(node) || !IMPURE.includes(node.text)) return false;
  // A property or a key of that name is somebody else's: `program.process`, `{ process: … }`.
  const { parent } = node;
  const isName = (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node;
  return !isName;
}

/** `process.kill`, `process['kill']`, `const { kill } = process`. */
function wordsOfProcess(node: ts.Node): string[] {
  const isProcess = (expression: ts.Node | undefined): boolean => expression !== undefined && ts.isIdentifier(expression) && expression.text === 'process';
  if (ts.isPropertyAccessExpression(node) && isProcess(node.expression)) return [node.name.text];
  if (ts.isElementAccessExpression(node) && isProcess(node.expression)) return [textOf(node.argumentExpression) ?? ''];
  if (!ts.isVariableDeclaration(node) || !isProcess(node.initializer) || !ts.isObjectBindingPattern(node.name)) return [];
  return node.name.elements.map(({ propertyName, name }) => (propertyName ?? name).getText());
}

/** `process.on('SIGTERM', …)` and its relatives, of whatever object: an emitter by another name is `process`, too. */
const listensToSignal = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) && /^SIG[A-Z]/.test(node.text) && ts.isCallExpression(node.parent) && node.parent.arguments[0] === node
  && ts.isPropertyAccessExpression(node.parent.expression) && /^(on|once|addListener|prependListener|off)$/.test(node.parent.expression.name.text);

function lengthComplaints({ path: file, text }: Source): string[] {
  const lines = text.split('\n').length - 1;
  return lines <= LONGEST ? [] : [`${file}: ${lines} lines; more than ${LONGEST} are not seen whole`];
}

function visit(file: string, text: string, see: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    see(node);
    ts.forEachChild(node, walk);
  };
  walk(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS));
}
