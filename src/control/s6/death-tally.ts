import { shellCode, type Exit } from '../../core/exit.ts';
import { TAI64N_LENGTH } from './tai64n.ts';

/**
 * The bytes of `supervise/death_tally` after one more death (spec/s6-compat 2.4): 14 bytes each, oldest first, at most
 * `size` of them. A tally of a length that cannot be is forgotten, as s6 does.
 */
export function withDeath(tally: Buffer, stamp: Buffer, exit: Exit, size: number): Buffer {
  const whole = tally.length % RECORD_LENGTH === 0 ? tally : Buffer.alloc(0);
  const record = Buffer.from([...stamp, shellCode(exit) & 0xff, 'code' in exit ? 0 : exit.number]);
  const all = Buffer.concat([whole, record]);
  return all.subarray(Math.max(0, all.length - size * RECORD_LENGTH));
}

const RECORD_LENGTH = TAI64N_LENGTH + 2;
