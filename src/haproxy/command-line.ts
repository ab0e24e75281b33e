/** How a HAProxy was started, turned into a check of its configuration. */
import { readFile } from 'node:fs/promises';

/** Options whose next word is theirs, and which a check must not have: sockets, pid files, old processes. */
const WITH_WORD = new Set(['-S', '-p', '-x', '-L']);
const ALONE = /^-(?:W|Ws|D|Db|db|d|V|v|vv|q)$/;

/**
 * The words that check what this process would read now: as it was started, and with `-c`. undefined where nobody knows.
 * What `-sf` and `-st` name are pids, up to the next option.
 */
export async function checkOf(pid: number): Promise<string[] | undefined> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program, ...words] = line.split('\0').slice(0, -1);
  if (program === undefined || !/haproxy/.test(program)) return undefined;
  const kept: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (WITH_WORD.has(word)) i++;
    else if (word === '-sf' || word === '-st') while (/^\d+$/.test(words[i + 1] ?? '')) i++;
    else if (!ALONE.test(word)) kept.push(word);
  }
  return [program, '-c', ...kept];
}
