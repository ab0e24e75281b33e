/** What the supervisor loads when the first HAProxy is reloaded. */
export { checkOf } from './command-line.ts';
export { reloadHaproxy, type HaproxyOutcome, type HaproxyWish } from './reload.ts';
