/** What is said about templates. */
import { errnoText, seconds } from './messages.ts';
import type { TemplateFailure } from './template.ts';

const DONE: { [S in TemplateFailure['step']]: string } = {
  render: 'could not be rendered', check: 'was refused by its check', install: 'could not be installed', reload: 'was refused at its reload',
  restore: 'could not be put back',
};

/** The configuration of a template was rejected: one sentence, without a full stop. */
export const rejectedText = (name: string, { step, reason }: TemplateFailure): string =>
  `the file of template ${name} ${DONE[step]}: ${reason}`;

/** A service goes on with the last good file. `tries` in a row; `next`: milliseconds until it is tried again, undefined: now. */
export const degradedText = (name: string, failure: TemplateFailure, tries: number, next: number | undefined): string =>
  `degraded, ${rejectedText(name, failure)}`
  + ` (${tries === 1 ? 'once' : `${tries} times`}${next === undefined ? '' : `, next try in ${seconds(Math.max(0, next))}`})`;

/** The same, as the end of a paragraph. */
export const degradedParagraph = (name: string, failure: TemplateFailure, hasGood: boolean): string =>
  ` It is degraded: ${rejectedText(name, failure)}. ${hasGood ? 'The last good file stays in use' : 'There is no good file yet'}; `
  + `try what you have changed with: svc render ${name} --dry-run.`;

export const renderedText = (name: string, destination: string, members: number | undefined): string =>
  `template ${name}: ${destination} is new${members === undefined ? '' : `, with ${members} ${members === 1 ? 'member' : 'members'}`}`;

export const strangeText = (name: string, strange: readonly string[]): string =>
  `template ${name} leaves out ${strange.join(', ')}: expected names of letters, digits and . _ : @ % + ~ - only; rename them, or say names: any`;

export const keptText = (name: string, members: number, minimum: number): string =>
  `template ${name}: ${members === 0 ? 'no member is' : `only ${members} of at least ${minimum} members are`} there; the last good file stays, `
  + 'unless it has minimum-members: 0';

export const unrememberedText = (name: string, code: string): string =>
  `template ${name}: cannot write down what was applied: ${errnoText(code)}; after a restart of n6 it is applied once more`;

/** A file could not be written, by the errno's name. */
export const cannotWrite = (file: string, code: string): string => `cannot write ${file}: ${code === 'no regular file' ? `it is ${code}` : errnoText(code)}; ${
  WRITE_REMEDY[code] ?? `look at it: ls -ld ${file}`}`;

const WRITE_REMEDY: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on its disk: df', EDQUOT: 'make room', EROFS: 'mount it writable, or make its file somewhere else',
  EPERM: 'only root may give files away', ENOTDIR: 'correct destination', EISDIR: 'correct destination', 'no regular file': 'correct destination',
};

/** The end of a check or of a command that reloads. `how`: its exit, or why it could not be started. */
export const commandFailed = (line: string, how: string): string => (line === '' ? how : `${line} (${how})`);

/** Of all that a checker writes, the line that says most: the first that speaks of an error, else the last. Told with the file's own name. */
export function checkersWords(output: string, checked: string, destination: string): { line: string; output: string } {
  const told = output.replaceAll(checked, destination);
  const lines = told.split('\n').map((line) => line.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').trim()).filter((line) => line !== '');
  const line = lines.find((one) => TROUBLE.test(one) && !/^\[?(notice|warning|info)/i.test(one)) ?? lines.at(-1) ?? '';
  return { line: line.slice(0, 300), output: lines.join('\n').slice(0, 4000) };
}

const TROUBLE = /alert|emerg|error|fatal|invalid|unknown|fail|cannot|unable/i;

/** What keeps a service from being started at boot. */
export const waitsForTemplate = (name: string): string => `template ${name}`;

export const bootTimeText = (name: string, milliseconds: number): string =>
  `starts without the file of template ${name}, which could not be made in ${seconds(milliseconds)}`;

export const noSuchTarget = (name: string, service: string, near: string | undefined): string =>
  `template ${name}: expected reload to name a service, there is none called ${service}${near === undefined ? '; correct it' : `; did you mean "${near}"?`}`;
