/** What only C programs are told by sysconf(3): the page size and the clock ticks, from the auxiliary vector (getauxval(3)). */
import type { Units } from './stat.ts';

/** `vector` is /proc/self/auxv: pairs of machine words, a key and its value. Without an entry it is what nearly all machines have. */
export function parseAuxiliary(vector: Buffer, wordSize: 4 | 8): Units {
  const words = wordSize === 8
    ? Array.from({ length: Math.floor(vector.length / 8) }, (_, index) => Number(vector.readBigUInt64LE(index * 8)))
    : Array.from({ length: Math.floor(vector.length / 4) }, (_, index) => vector.readUInt32LE(index * 4));
  const valueOf = (key: number): number | undefined => {
    const at = words.findIndex((word, index) => index % 2 === 0 && word === key);
    return at < 0 ? undefined : words[at + 1];
  };
  return { pageSize: valueOf(AT_PAGESZ) || 4096, ticksPerSecond: valueOf(AT_CLKTCK) || 100 };
}

const AT_PAGESZ = 6;
const AT_CLKTCK = 17;
