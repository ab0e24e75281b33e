/** In units of 1,024, as top(1) and systemctl(1) write them: `512`, `34.5M`, `120M`. */
export function bytes(count: number): string {
  let amount = count;
  let unit = 0;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit > 0 && amount < 99.95 ? amount.toFixed(1) : Math.round(amount)}${UNITS[unit]}`;
}
const UNITS = ['', 'K', 'M', 'G', 'T', 'P'] as const;
