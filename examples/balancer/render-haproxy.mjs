#!/usr/bin/env node
/**
 * Keeps HAProxy's configuration in step with the cluster: asks Serf for all members, renders the template, has HAProxy check
 * the result, installs it by rename, and asks n6 to reload `ha`. A configuration that HAProxy refuses is left beside the old
 * one as haproxy.cfg.rejected, and the old one goes on serving.
 *
 *   render-haproxy           what the hooks run; several at a time do no harm
 *   render-haproxy --first   for the run script of `ha`: reloads nobody, and takes a cluster that does not answer for an empty one
 *
 * From the environment: HAPROXY_DIR (/run/haproxy: haproxy.cfg and admin.sock), HAPROXY_TEMPLATE (haproxy.cfg.hbs beside this
 * program), HTTP_PORT (80), STATS_PORT (1936), RUNTIME_PORT (9999, on loopback), HAPROXY_ADDRESS (to listen on; all),
 * HAPROXY_USER (who the workers run as; unchanged), SERF_RPC_ADDR (127.0.0.1:7373).
 * Exits 0 when what HAProxy has, or will read at its start, is what the members are; 1 with a reason; 2 for wrong usage.
 */
import { execFile } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, isIP } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Handlebars from 'handlebars';

const { env } = process;
/** Milliseconds. Both agent and HAProxy answer within a second of their start; the limit of a hook is 30 s. */
const PATIENCE = 10_000;
const BETWEEN_TRIES = 100;
/** One is enough while the cluster is quiet; a cluster that changes faster than this sends an event for the rest. */
const MOST_ROUNDS = 10;

const directory = env.HAPROXY_DIR || '/run/haproxy';
const file = path.join(directory, 'haproxy.cfg');
const rejected = `${file}.rejected`;
/** Exists from before an installation until HAProxy has been told: a hook that died in between is made good by the next. */
const untold = `${file}.untold`;
const template = env.HAPROXY_TEMPLATE || path.join(import.meta.dirname, 'haproxy.cfg.hbs');
const agent = env.SERF_RPC_ADDR || '127.0.0.1:7373';

const [option, ...rest] = process.argv.slice(2);
const first = option === '--first';
try {
  if (rest.length > 0 || (option !== undefined && !first)) throw Object.assign(new Error('usage: render-haproxy [--first]'), { exitCode: 2 });
  mkdirSync(directory, { recursive: true });
  await (first ? prepare() : follow());
} catch (error) {
  process.stderr.write(`render-haproxy: ${error.message}\n`);
  process.exitCode = error.exitCode ?? 1;
}

async function prepare() {
  await install(render(serversOf(await members().catch(() => []))));
}

/**
 * Whoever installs looks again afterwards. So, when two of us run at once and the one with the older list renames last,
 * that one sees the newer list and renames once more: no lock is needed for the last word to be the truth.
 */
async function follow() {
  let changed = true;
  for (let round = 0; changed && round < MOST_ROUNDS; round++) changed = await install(render(serversOf(await patiently(members))));
  if (existsSync(untold)) await tell();
}

/** Everybody the agent has ever heard of. `null` stands for nobody. */
async function members() {
  const { stdout } = await run('serf', ['members', '-format=json', `-rpc-addr=${agent}`]);
  return JSON.parse(stdout).members ?? [];
}

/** Those who are alive and answer requests, by name, so that the same members always give the same bytes. */
function serversOf(list) {
  return list
    .filter(({ status, tags }) => status === 'alive' && ['backend', 'both'].includes(tags?.role))
    .map(({ name, addr, tags }) => ({ name, ...addressOf(addr), port: Number(tags.port ?? 3000) }))
    .filter(isServer)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `10.0.0.1:7946`, `[fd00::1]:7946`, or the address alone: Serf appends its port although it has a field of its own. */
function addressOf(text) {
  const [, inBrackets, plain] = /^(?:\[(.+)\](?::\d+)?|([^:]+)(?::\d+)?)$/.exec(text) ?? [undefined, text];
  const address = inBrackets ?? plain ?? text;
  return { address, family: isIP(address) };
}

/** A member says itself what it is called: a name with a line feed would write a line of its own into the configuration. */
function isServer({ name, address, family, port }) {
  const usable = /^[\w.:-]+$/.test(name) && family !== 0 && Number.isInteger(port) && port > 0 && port < 65_536;
  if (!usable) process.stderr.write(`render-haproxy: leaving out ${JSON.stringify({ name, address, port })}: HAProxy has no such servers\n`);
  return usable;
}

function render(servers) {
  const source = readFileSync(template, 'utf8');
  try {
    return Handlebars.compile(source, { noEscape: true, strict: true })({
      template,
      directory,
      address: env.HAPROXY_ADDRESS ?? '',
      httpPort: env.HTTP_PORT || '80',
      statsPort: env.STATS_PORT || '1936',
      runtimePort: env.RUNTIME_PORT || '9999',
      user: env.HAPROXY_USER ?? '',
      servers: servers.map(({ address, family, ...server }) => ({ ...server, address: family === 6 ? `[${address}]` : address })),
    });
  } catch (error) {
    throw new Error(`cannot render ${template}: ${error.message}; going on with the configuration as it is`, { cause: error });
  }
}

/** True when `text` is a new configuration and is installed now. Throws when HAProxy refuses it. */
async function install(text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) {
    rmSync(rejected, { force: true });
    return false;
  }
  const next = `${file}.${process.pid}.new`;
  try {
    writeDurably(next, text);
    await run('haproxy', ['-c', '-f', next]).catch((error) => {
      renameSync(next, rejected);
      throw new Error(`HAProxy refuses the new configuration and goes on with the old one; see ${rejected}\n${error.message.replaceAll(next, rejected)}`);
    });
    if (!first) writeFileSync(untold, '');
    renameSync(next, file);
  } finally {
    rmSync(next, { force: true });
  }
  rmSync(rejected, { force: true });
  return true;
}

function writeDurably(name, text) {
  writeFileSync(name, text);
  const descriptor = openSync(name, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** An answer on its runtime socket shows that HAProxy is past its start: USR2 would end one that has not set its handlers yet. */
async function tell() {
  const answers = await patiently(() => ask(path.join(directory, 'admin.sock'))).catch(() => undefined);
  if (answers === undefined) {
    process.stderr.write(`render-haproxy: HAProxy does not answer; it will read the new ${file} when it starts\n`);
    return;
  }
  await run('svc', ['reload', 'ha']);
  rmSync(untold, { force: true });
}

function ask(socket) {
  return new Promise((resolve, reject) => {
    const connection = connect(socket).on('connect', () => connection.end('show version\n'));
    connection.on('data', () => resolve(true)).on('error', reject).on('close', () => reject(new Error('no answer')));
  });
}

async function patiently(act) {
  for (const deadline = performance.now() + PATIENCE; ;) {
    try {
      return await act();
    } catch (error) {
      if (performance.now() > deadline || error.hopeless) throw error;
      await wait(BETWEEN_TRIES);
    }
  }
}

/** Output of a program; throws with what it printed when it fails, `hopeless` when there is no such program. */
function run(program, words) {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: PATIENCE }, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout, stderr });
      const hopeless = error.code === 'ENOENT';
      const reason = hopeless ? `cannot run ${program}: it is not installed` : `${program} ${words[0]} failed: ${stderr}${stdout}`.trim();
      reject(Object.assign(new Error(reason), { hopeless }));
    });
  });
}
