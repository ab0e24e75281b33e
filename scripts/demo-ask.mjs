/**
 * Asks a web server for `/`: a line on standard input is a URL, a line on standard output is { status, body } or { error }.
 * A program of its own because only the processes in a network namespace see its network.
 */
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** Milliseconds. HAProxy itself gives up a server after 2 s and then tries another one. */
const PATIENCE = 5000;

for await (const url of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await ask(url).catch((error) => ({ error: error.message })))}\n`);
}

/** A connection of its own for every request: each must find a listener. */
function ask(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, timeout: PATIENCE }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
    }).on('error', reject).on('timeout', function giveUp() {
      this.destroy(new Error(`no answer in ${PATIENCE} ms`));
    });
  });
}
