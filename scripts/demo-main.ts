/** `npm run demo [-- --once] [--loopback]`. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Ground } from './demo-ground.ts';
import { loopback } from './demo-loopback.ts';
import { mayMakeNamespaces, namespaces } from './demo-namespaces.ts';
import { print } from './demo-print.ts';
import { openSite, type Site } from './demo-site.ts';
import { invite, showShutdown, summary, tellStory } from './demo-story.ts';
import { createUntil, Ended } from './demo-until.ts';

/** Lines of each host's output that are shown when a step fails. */
const LAST_LINES = 15;

const { values: options } = parseArgs({ options: { once: { type: 'boolean', default: false }, loopback: { type: 'boolean', default: false } } });
const began = performance.now();
const directory = mkdtempSync(path.join(tmpdir(), 'n6-demo-'));
const ending = new AbortController();
let site: Site | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endOrHurry);

try {
  const ground: Ground = !options.loopback && mayMakeNamespaces() ? namespaces(directory) : await loopback(directory);
  print.text(`n6: ${ground.sentence}`);
  site = await openSite(ground);
  await tellStory({ site, print, until: createUntil(ending.signal) });
  if (!options.once) {
    invite({ site, print });
    await endWanted();
  }
  await showShutdown({ site, print });
  print.text(`\n${summary(performance.now() - began)}`);
} catch (error) {
  if (error instanceof Ended && site !== undefined) await showShutdown({ site, print }).catch(fail);
  else fail(error);
  if (options.once) process.exitCode = 1;
} finally {
  await site?.close();
  rmSync(directory, { recursive: true, force: true });
}
process.exit();

function fail(error: unknown): void {
  process.exitCode = 1;
  print.failure(error instanceof Error ? error.message : String(error));
  for (const { name, log } of site?.hosts() ?? []) {
    if (existsSync(log)) print.text(`\nlast output of ${name}:\n${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n')}`);
  }
}

/** The first Ctrl-C ends everything in order, the second one at once. */
function endOrHurry(): void {
  if (!ending.signal.aborted) return ending.abort();
  process.exitCode = 1;
  void site?.close();
}

function endWanted(): Promise<void> {
  return new Promise((resolve) => {
    const stay = setInterval(() => undefined, 2 ** 30);
    ending.signal.addEventListener('abort', () => {
      clearInterval(stay);
      resolve();
    });
    if (ending.signal.aborted) ending.signal.dispatchEvent(new Event('abort'));
  });
}
