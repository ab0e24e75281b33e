/**
 * What `current` becomes when it is full: `2026-11-28T101530.123Z.log`, by the time at which it was full, in UTC. Compressed on other
 * threads, under another name until it is whole, so that an end in between loses nothing: the next life compresses what was left.
 */
import { createReadStream, createWriteStream, promises } from 'node:fs';
import path from 'node:path';
import type { Gzip } from 'node:zlib';
import type { Compression } from '../core/logs.ts';
import type { LogFiles } from '../core/policy.ts';
import { cannotCompress } from './sentences.ts';

export type Archives = Readonly<{
  /** `current` gets the name of an archive; the oldest ones go. */
  keep(current: string, files: LogFiles): Promise<void>;
  /** What was written to it is brought to the disk, and it is closed; nobody waits for that. */
  flush(file: promises.FileHandle): void;
  /** What an earlier life has left unfinished is finished. */
  look(files: LogFiles): Promise<void>;
  /** Resolves when nothing is being compressed. */
  settled(): Promise<void>;
}>;

const ENDINGS: Readonly<Record<Compression, string>> = { none: '', gzip: '.gz', zstd: '.zst' };
const ARCHIVE = /^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z\.log(?:\.gz|\.zst)?$/;
const nameAt = (at: number): string => `${new Date(at).toISOString().replaceAll(':', '')}.log`;
const timeOf = (name: string): number => Date.parse(name.replace(/^(.{13})(..)(.{6}Z).*$/, '$1:$2:$3'));
const UNFINISHED = /^\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z\.log(?:\.gz|\.zst)\.new$/;

export function createArchives(now: () => number, complain: (text: string) => void): Archives {
  let work: Promise<void> = Promise.resolve();
  let looked = false;
  /** The time in the newest name. */
  let last = 0;

  /** One after the other: to compress two at once is no faster, and takes twice the memory. */
  function afterwards(act: () => Promise<void>): void {
    work = work.then(act).catch((error: unknown) => complain(cannotCompress(error)));
  }

  async function compress(file: string, { compress: how }: LogFiles): Promise<void> {
    const target = `${file}${ENDINGS[how]}`;
    const next = `${target}.new`;
    try {
      const { pipeline } = await import('node:stream/promises');
      const from = createReadStream(file, { highWaterMark: 256 * 1024 });
      await pipeline(from, await compressor(how), createWriteStream(next, { mode: 0o640, flush: true }));
      await promises.rename(next, target);
    } catch (error) {
      await promises.rm(next, { force: true });
      throw error;
    }
    await promises.rm(file);
  }

  async function prune({ directory, count }: LogFiles): Promise<void> {
    const names = (await promises.readdir(directory)).filter((name) => ARCHIVE.test(name)).sort();
    // One that is being compressed is there twice for a moment.
    const times = [...new Set(names.map((name) => name.slice(0, nameAt(0).length)))];
    const old = new Set(times.slice(0, -count));
    for (const name of names) if (old.has(name.slice(0, nameAt(0).length))) await promises.rm(path.join(directory, name), { force: true });
  }

  return {
    async keep(current, files) {
      // Never before one that is there, or was: the order of names is that of the lines, whatever the clock does.
      const at = Math.max(now(), last + 1);
      const archive = path.join(path.dirname(current), nameAt(at));
      await promises.rename(current, archive);
      last = at;
      if (files.compress !== 'none') afterwards(() => compress(archive, files));
      afterwards(() => prune(files));
    },
    flush: (file) => afterwards(() => file.sync().finally(() => file.close())),
    async look(files) {
      if (looked) return;
      looked = true;
      for (const name of await promises.readdir(files.directory)) {
        const file = path.join(files.directory, name);
        if (ARCHIVE.test(name)) last = Math.max(last, timeOf(name));
        if (UNFINISHED.test(name)) await promises.rm(file, { force: true });
        else if (files.compress !== 'none' && ARCHIVE.test(name) && name.endsWith('.log')) afterwards(() => compress(file, files));
      }
      afterwards(() => prune(files));
    },
    settled: () => work,
  };
}

/** Loaded when there is something to compress. Node has zstd from 22.15 on; the reader of service.yaml refuses it elsewhere. */
async function compressor(how: Compression): Promise<Gzip> {
  const zlib: { createGzip(): Gzip; createZstdCompress?: () => Gzip } = await import('node:zlib');
  const create = how === 'zstd' ? zlib.createZstdCompress : zlib.createGzip;
  if (create === undefined) throw new Error('this Node has no zstd');
  return create();
}
