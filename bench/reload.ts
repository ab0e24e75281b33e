/**
 * `npm run bench:reload [-- --requests N --changes N --only reload|runtime|flaps]`: requests lost while HAProxy follows a cluster that changes
 * all the time, and how soon a newcomer answers. Exits 1 when a single request has failed. Needs haproxy.
 */
import { parseArgs } from 'node:util';
import { failed, OUTCOMES, quantile, total, type Count } from './reload/outcomes.ts';
import { runFlaps } from './reload/flaps.ts';
import { runLoad, type Result } from './reload/run.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' }, changes: { type: 'string', default: '1000' }, only: { type: 'string' },
    fresh: { type: 'string', default: '8' }, 'keep-alive': { type: 'string', default: '16' }, backends: { type: 'string', default: '3' },
  },
});

let lost = 0;
const port = 22_000 + (process.pid % 1000);
for (const servers of ['reload', 'runtime'] as const) {
  if (values.only !== undefined && values.only !== servers) continue;
  const title = servers === 'reload' ? 'every change is a reload' : 'changes of servers by the runtime API';
  console.log(`\n${title}: ${values['keep-alive']} keep-alive clients, ${values.fresh} with a new connection for each request, ${values.backends} backends`);
  const result = await runLoad({
    servers, requests: Number(values.requests), changes: Number(values.changes), fresh: Number(values.fresh), keepAlive: Number(values['keep-alive']),
    backends: Number(values.backends), port, progress: (text) => console.log(`  … ${text}`),
  });
  lost += show(result);
}
if (values.only === undefined || values.only === 'flaps') {
  // The template's own defaults.
  const { flaps, took, reloads, converged } = await runFlaps({ flaps: 100, milliseconds: 10_000, port, wait: '{ min: 1s, max: 5s }' });
  console.log(`\n${flaps} changes of the members in ${(took / 1000).toFixed(1)} s: ${reloads} reloads, right ${converged.toFixed(0)} ms after the last one`);
}
process.exitCode = lost === 0 ? 0 : 1;

function show({ counts, changes, seconds, reloads, joins }: Result): number {
  const rows: [string, Count][] = [['fresh', counts.fresh], ['keep-alive', counts.keepAlive]];
  for (const [name, count] of rows) {
    const bad = OUTCOMES.filter((outcome) => outcome !== 'ok' && count.outcomes[outcome] > 0).map((outcome) => `${outcome} ${count.outcomes[outcome]}`);
    console.log(`  ${name.padEnd(11)} ${String(total(count)).padStart(8)} requests  ${failed(count)} failed${bad.length > 0 ? ` (${bad.join(', ')})` : ''}  `
      + `${count.connections} connections  median ${quantile(count, 0.5)} ms  p99 ${quantile(count, 0.99)} ms  p99.99 ${quantile(count, 0.9999)} ms`);
  }
  const sorted = [...joins].sort((a, b) => a - b);
  const at = (part: number): string => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(0)} ms`;
  console.log(`  ${changes} applied changes in ${seconds.toFixed(0)} s: ${Object.entries(reloads).map(([how, number]) => `${how} ${number}`).join(', ')}`);
  console.log(`  from a join to its first answer: median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`);
  const all = total(counts.fresh) + total(counts.keepAlive);
  const sum = failed(counts.fresh) + failed(counts.keepAlive);
  console.log(`  ${sum} of ${all} requests failed${sum === 0 ? `: less than ${(3e6 / all).toFixed(1)} in a million, at 95 %` : ''}`);
  return sum + (reloads['failed'] ?? 0);
}
