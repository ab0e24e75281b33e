/** Numbers for people, in the forms of svc. Pure. */

/** @param {number} percent */
export const percentText = (percent) => `${percent < 999.95 ? percent.toFixed(1) : Math.round(percent)}%`;

/** @param {number} count */
export function byteText(count) {
  const units = ['', 'K', 'M', 'G', 'T', 'P'];
  let unit = 0;
  let amount = count;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit > 0 && amount < 99.95 ? amount.toFixed(1) : Math.round(amount)}${units[unit]}`;
}

/** @param {number} seconds */
export function secondsText(seconds) {
  const two = (/** @type {number} */ number) => String(Math.floor(number)).padStart(2, '0');
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3600)}h`;
}

/**
 * A line without escape sequences (ISO 6429, and xterm's with a string) and other control characters.
 * @param {string} line
 */
export const plain = (line) => line.replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g, '')
  .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '');
