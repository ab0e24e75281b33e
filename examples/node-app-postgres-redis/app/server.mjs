#!/usr/bin/env node
/**
 * A shop with two products: they are in PostgreSQL, how often they were looked at is in Redis.
 *
 *   GET /        JSON { products, views }
 *   GET /health  204 when both answer, 503 with the reason when one does not
 *
 * From the environment: PORT (8080), PGHOST and what else psql(1) reads, REDIS_SOCKET. It needs no package: it asks the database by
 * psql, and says to Redis what Redis reads. TERM: requests that have begun are answered, then it ends with 0.
 */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';

const { PORT = '8080', REDIS_SOCKET = '/run/redis/redis.sock' } = process.env;
const PATIENCE = 1000;
const run = promisify(execFile);

const routes = {
  async '/'() {
    const [names, views] = await Promise.all([query('SELECT name FROM products ORDER BY id'), redis('INCR views')]);
    return [200, { products: names.split('\n'), views }];
  },
  async '/health'() {
    await Promise.all([query('SELECT 1'), redis('PING')]);
    return [204];
  },
};

const server = createServer((request, response) => {
  const route = routes[request.url] ?? (async () => [404, { error: `nothing at ${request.url}` }]);
  route().catch((error) => [503, { error: error.message.trim() }]).then(([status, body]) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
  });
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`shop: listening on port ${PORT}`));
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});

async function query(sql) {
  const { stdout } = await run('psql', ['--no-psqlrc', '--tuples-only', '--no-align', '--dbname', 'postgres', '--command', sql], { timeout: PATIENCE });
  return stdout.trim();
}

/** The first line of its answer: `+PONG`, `:5`, `-ERR …`. */
function redis(command) {
  return new Promise((resolve, reject) => {
    const socket = connect(REDIS_SOCKET, () => socket.end(`${command}\r\n`));
    let answer = '';
    socket.setEncoding('utf8').setTimeout(PATIENCE, () => socket.destroy(new Error('redis: no answer')));
    socket.on('data', (text) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => {
      const line = answer.split('\r\n', 1)[0];
      if (/^[+:]/.test(line)) resolve(line.startsWith(':') ? Number(line.slice(1)) : line.slice(1));
      else reject(new Error(`redis: ${line.slice(1) || 'no answer'}`));
    });
  });
}
