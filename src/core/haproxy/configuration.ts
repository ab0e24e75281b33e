/** What a change of HAProxy's configuration means: nothing, other servers alone, or more than that. Pure. */

export type ConfiguredServer = Readonly<{
  backend: string;
  name: string;
  /** As it is written: `IP:PORT`, a name, a socket. */
  address: string;
  /** The rest of its line, after what `default-server` says: a later word wins. */
  options: readonly string[];
}>;

export type Configuration = Readonly<{
  /** Everything but the servers, without comments and blanks that mean nothing. */
  rest: string;
  servers: readonly ConfiguredServer[];
  /** Names of all sections that may have servers. */
  backends: readonly string[];
  /** Some servers are written in a way that only HAProxy itself reads: variables, conditions, `server-template`. */
  partial: boolean;
}>;

const SECTIONS: ReadonlySet<string> = new Set([
  'global', 'defaults', 'frontend', 'backend', 'listen', 'peers', 'resolvers', 'userlist', 'mailers', 'program', 'http-errors', 'cache', 'ring',
  'log-forward', 'log-profile', 'fcgi-app', 'crt-store', 'traces', 'acme',
]);
/** What may stand in a word of a command of the runtime API: it knows `;`, quotes and blanks of its own. */
const PLAIN_WORD = /^[\w.:/@%,+=()[\]*-]+$/;

export function readConfiguration(text: string): Configuration {
  const rest: string[] = [];
  const servers: ConfiguredServer[] = [];
  const backends: string[] = [];
  let partial = false;
  let defaults: readonly string[] = [];
  let section: { type: string; name: string; defaults: readonly string[] } = { type: '', name: '', defaults: [] };
  for (const line of text.split('\n')) {
    const words = wordsOf(line);
    const [keyword] = words;
    if (keyword === undefined) continue;
    if (SECTIONS.has(keyword)) {
      section = { type: keyword, name: words[1] ?? '', defaults };
      if (keyword === 'defaults') defaults = [];
      // Which ones it begins with is not the nearest `defaults` any more.
      if (words.includes('from')) partial = true;
    }
    const ofBackend = section.type === 'backend' || section.type === 'listen';
    if (ofBackend && SECTIONS.has(keyword)) backends.push(section.name);
    if (keyword === 'default-server' && section.type === 'defaults') defaults = [...defaults, ...words.slice(1)];
    if (keyword === 'default-server' && ofBackend) section = { ...section, defaults: [...section.defaults, ...words.slice(1)] };
    if ((ofBackend && keyword === 'server-template') || keyword.startsWith('.')) partial = true;
    if (!ofBackend || keyword !== 'server') {
      rest.push(words.join(' '));
      continue;
    }
    if (/[$\\"']/.test(line) || words.length < 3) partial = true;
    servers.push({ backend: section.name, name: words[1] ?? '', address: words[2] ?? '', options: [...section.defaults, ...words.slice(3)] });
  }
  return { rest: rest.join('\n'), servers, backends, partial };
}

/** Blanks in quotes or after a backslash are part of a word; what is quoted stays as it is written. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\#])+|#.*)/g)].map(([, word]) => word!).filter((word) => !word.startsWith('#'));
}

export type ServerChange =
  | Readonly<{ type: 'add'; server: ConfiguredServer }>
  | Readonly<{ type: 'remove'; backend: string; name: string }>
  | Readonly<{ type: 'move'; backend: string; name: string; address: string; port: string }>;

/** `reason`: why HAProxy has to be reloaded, for people. */
export type Change =
  | Readonly<{ type: 'nothing' }>
  | Readonly<{ type: 'servers'; changes: readonly ServerChange[] }>
  | Readonly<{ type: 'reload'; reason: string }>;

/** What has to be done to a HAProxy that has read `before`, so that it is as if it had read `after`. */
export function changeOf(before: string, after: string): Change {
  const was = readConfiguration(before);
  const is = readConfiguration(after);
  if (was.rest !== is.rest) return { type: 'reload', reason: 'more than servers has changed' };
  if (was.partial || is.partial) {
    return before === after ? { type: 'nothing' } : { type: 'reload', reason: 'only HAProxy itself can read its servers' };
  }
  const known = new Map(was.servers.map((server) => [keyOf(server), server]));
  const wanted = new Map(is.servers.map((server) => [keyOf(server), server]));
  if (known.size < was.servers.length || wanted.size < is.servers.length) return { type: 'reload', reason: 'a server is there twice' };
  const order = (list: readonly ConfiguredServer[], other: ReadonlyMap<string, unknown>): string => list.map(keyOf).filter((key) => other.has(key)).join();
  if (order(was.servers, wanted) !== order(is.servers, known)) return { type: 'reload', reason: 'the order of servers has changed' };
  const changes: ServerChange[] = [];
  for (const server of was.servers) if (!wanted.has(keyOf(server))) changes.push({ type: 'remove', backend: server.backend, name: server.name });
  for (const server of is.servers) {
    const { backend, name, address, options } = server;
    const old = known.get(keyOf(server));
    const numeric = /^(?:(\d+(?:\.\d+){3})|\[?([\da-f:]*:[\da-f:]+)\]?):(\d+)$/i.exec(address);
    if (old !== undefined && old.options.join(' ') !== options.join(' ')) return { type: 'reload', reason: `options of ${keyOf(server)} have changed` };
    if (old?.address === address) continue;
    if (numeric === null) return { type: 'reload', reason: `${address} is not an IP address with a port` };
    if (old !== undefined) changes.push({ type: 'move', backend, name, address: numeric[1] ?? numeric[2]!, port: numeric[3]! });
    else changes.push({ type: 'add', server });
  }
  const odd = changes.flatMap(wordsOfChange).find((word) => !PLAIN_WORD.test(word));
  if (odd !== undefined) return { type: 'reload', reason: `the runtime API cannot be told ${odd}` };
  return changes.length === 0 ? { type: 'nothing' } : { type: 'servers', changes };
}

const keyOf = ({ backend, name }: { backend: string; name: string }): string => `${backend}/${name}`;

const wordsOfChange = (change: ServerChange): readonly string[] => (change.type === 'add'
  ? [change.server.backend, change.server.name, change.server.address, ...change.server.options] : [change.backend, change.name]);

/** One command of the runtime API. */
export type Command = Readonly<{
  text: string;
  /** Another answer is a refusal. */
  accepts: RegExp;
  /** A refusal is no failure: the server stays, in maintenance, until its last connection has ended. */
  mayFail?: true;
}>;

/** Who is added is checked and used at once. Who is removed gets no new request, and goes as soon as nothing of it is left. */
export function commandsOf(change: ServerChange): readonly Command[] {
  if (change.type === 'add') {
    const { address, options } = change.server;
    const key = keyOf(change.server);
    const checked = options.lastIndexOf('check') > options.lastIndexOf('no-check');
    return [
      { text: `add server ${[key, address, ...options].join(' ')}`, accepts: /^New server registered/ },
      ...(checked ? [{ text: `enable health ${key}`, accepts: SILENCE }] : []),
      ...(options.lastIndexOf('disabled') > options.lastIndexOf('enabled') ? [] : [{ text: `enable server ${key}`, accepts: SILENCE }]),
    ];
  }
  const key = keyOf(change);
  if (change.type === 'move') {
    return [{ text: `set server ${key} addr ${change.address} port ${change.port}`, accepts: /^(?:IP changed|port changed|no need to change|$)/ }];
  }
  return [
    { text: `set server ${key} state maint`, accepts: SILENCE },
    { text: `del server ${key}`, accepts: /^Server deleted/, mayFail: true },
  ];
}

const SILENCE = /^$/;
