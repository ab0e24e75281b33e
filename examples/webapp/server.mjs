#!/usr/bin/env node
/**
 * The web application of the scenario: tells who answered, counts the views of a session, and can be made slow.
 *
 *   GET /        JSON { hello, ip, host, tag, sessionViews, id }; the session is a cookie, its counter lives in this process
 *   HEAD /       200 and no body, never slow: what a load balancer asks to see whether we are alive
 *   POST /delay  { "delay": 500 } as JSON: from now on every GET waits that many milliseconds (0 to 60000). Answers { delay }
 *
 * From the environment: PORT (3000), HOST (address to listen on; all), SERVER_IP (the address to tell; else the first of this
 * machine's), NODE_NAME (the name to tell; else the host name), TAG (that name), NOTIFICATION_FD (gets a newline once we listen).
 * TERM or INT: requests that have begun are answered, then it ends with 0.
 */
import { randomUUID } from 'node:crypto';
import { close, write } from 'node:fs';
import { createServer } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

const { env } = process;
const MOST_DELAY = 60_000;
const MOST_BODY = 1024;
/** Each session costs about 200 bytes; the one that has been silent longest is forgotten first. */
const MOST_SESSIONS = 10_000;

const host = env.NODE_NAME || hostname();
const identity = { hello: 'world', ip: env.SERVER_IP || firstAddress(), host, tag: env.TAG || host };
const port = wholeNumber('PORT', env.PORT || '3000', 65_535);
/** Views by session; a Map keeps the order in which they were last seen. */
const sessions = new Map();
let delay = 0;

const routes = {
  'GET /': greet,
  'HEAD /': async (_request, response) => answer(response, 200),
  'POST /delay': slowDown,
};

const server = createServer((request, response) => {
  const [pathname] = request.url.split('?', 1);
  const route = routes[`${request.method} ${pathname}`];
  if (route === undefined) return notHere(pathname, response);
  route(request, response).catch((error) => answer(response, error.status ?? 500, { error: error.message }));
});
// Longer than a balancer keeps an idle connection: with Node's 5 s it would now and then ask on one that is just being closed.
server.keepAliveTimeout = 60_000;
server.on('error', (error) => {
  console.error(`webapp: cannot listen on port ${port}: ${error.message}; set PORT or HOST`);
  process.exitCode = 1;
});
server.listen({ port, ...(env.HOST ? { host: env.HOST } : {}) }, sayReady);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, endGracefully);

async function greet(request, response) {
  const id = /(?:^|;\s*)session=([\w-]{36})(?:;|$)/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
  const sessionViews = (sessions.get(id) ?? 0) + 1;
  sessions.delete(id);
  sessions.set(id, sessionViews);
  if (sessions.size > MOST_SESSIONS) sessions.delete(sessions.keys().next().value);
  if (delay > 0) await wait(delay);
  response.setHeader('set-cookie', `session=${id}; Path=/; HttpOnly; SameSite=Lax`);
  answer(response, 200, { ...identity, sessionViews, id });
}

async function slowDown(request, response) {
  const wanted = parse(await bodyOf(request))?.delay;
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > MOST_DELAY) {
    throw refusal(400, `expected {"delay": milliseconds from 0 to ${MOST_DELAY}}`);
  }
  delay = wanted;
  answer(response, 200, { delay });
}

function notHere(pathname, response) {
  const methods = Object.keys(routes).map((name) => name.split(' ')).filter(([, place]) => place === pathname).map(([method]) => method);
  if (methods.length === 0) return answer(response, 404, { error: `nothing at ${pathname}` });
  response.setHeader('allow', methods.join(', '));
  answer(response, 405, { error: `${pathname} answers ${methods.join(' and ')}` });
}

function answer(response, status, body) {
  const text = body === undefined ? '' : `${JSON.stringify(body)}\n`;
  response.setHeader('cache-control', 'no-store');
  // A client that keeps its connection must not find it closed by us with a request on its way.
  if (!server.listening) response.setHeader('connection', 'close');
  if (body !== undefined) response.setHeader('content-type', 'application/json');
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Read to its end even when it is too long: leaving a body unread would close the connection before our answer. */
async function bodyOf(request) {
  let body = '';
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MOST_BODY) body += chunk;
  }
  if (length > MOST_BODY) throw refusal(413, `expected at most ${MOST_BODY} bytes`);
  return body;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const refusal = (status, message) => Object.assign(new Error(message), { status });

/** The supervisor closes its end after the first newline, so ours is closed, too. */
function sayReady() {
  const descriptor = env.NOTIFICATION_FD;
  if (descriptor) write(wholeNumber('NOTIFICATION_FD', descriptor, 65_535), '\n', () => close(Number(descriptor), () => {}));
  console.log(`webapp: ${identity.host} listens on port ${server.address().port}`);
}

/** Since Node 19 close() ends idle connections, too; a connection whose answer is under way is ended by that answer. */
function endGracefully() {
  server.close();
}

function firstAddress() {
  const addresses = Object.values(networkInterfaces()).flat();
  return (addresses.find(({ family, internal }) => family === 'IPv4' && !internal) ?? addresses[0])?.address ?? 'unknown';
}

function wholeNumber(name, text, most) {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  console.error(`webapp: ${name}: expected a number up to ${most}, got "${text}"`);
  return process.exit(1);
}
