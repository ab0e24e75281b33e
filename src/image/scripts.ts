/** One script of an image: whether its interpreter is there, and everything it calls. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../core/messages.ts';
import { beginningOf, firstLine, interpreterOf, isElf } from '../servicedir/beginning.ts';
import { callsIn, type Call } from './calls.ts';
import type { Tree } from './tree.ts';

/** Scripts are read whole up to here; what is larger is a program. */
const LARGEST = 1024 * 1024;

/** All that keeps the script `file`, as the container sees it, from doing its work. `service`: whose it is. */
export function checkScript(tree: Tree, file: string, service: string): Problem[] {
  const place = tree.resolve(file);
  if (place === undefined) return [];
  const beginning = beginningOf(place);
  if (beginning === undefined || beginning === '' || isElf(beginning)) return [];
  const wrong = interpreterProblem(tree, file, beginning);
  return [
    ...(wrong === undefined ? [] : [{ service, file, ...wrong }]),
    ...(statSync(place).size > LARGEST ? [] : checkCalls(tree, file, service, readFileSync(place, 'utf8'))),
  ];
}

/** Calls of an `up` or `down`, or of any other text in execline's words or a shell's. */
export const checkCalls = (tree: Tree, file: string, service: string, text: string): Problem[] =>
  callsIn(text).flatMap((call) => missing(tree, file, service, call) ?? []);

function interpreterProblem(tree: Tree, file: string, beginning: string): Pick<Problem, 'value' | 'expected' | 'remedy'> | undefined {
  const line = firstLine(beginning);
  const interpreter = interpreterOf(beginning);
  if (interpreter === undefined) {
    return { value: line.slice(0, 60), expected: 'a first line that names an interpreter', remedy: 'begin it with a line such as: #!/bin/sh' };
  }
  if (interpreter.endsWith('\r')) {
    return { value: line, expected: 'lines that end as those of Unix do', remedy: `sed -i 's/\\r$//' ${file}` };
  }
  if (!tree.interprets(path.posix.resolve(path.posix.dirname(file), interpreter))) {
    return { value: line, expected: 'an interpreter that the image or n6 has', remedy: `install ${interpreter}, or correct the first line` };
  }
  const second = secondInterpreter(line);
  if (second === undefined || (second.startsWith('/') ? tree.interprets(second) : tree.finds(second))) return undefined;
  return { value: line, expected: `${second}, in the image`, remedy: `install ${second}, or correct the first line` };
}

/** `with-contenv bash` and `env bash`: what they start. undefined where there is none, or options say which. */
function secondInterpreter(line: string): string | undefined {
  const [, second] = /^#!\s*\S*\/(?:with-contenv|env)\s+([^\s-=]+)\s*$/.exec(line) ?? [];
  return second;
}

function missing(tree: Tree, file: string, service: string, { word, line }: Call): Problem | undefined {
  const isPath = word.startsWith('/');
  if (isPath ? tree.hasProgram(word) : tree.finds(word)) return undefined;
  const name = path.posix.basename(word);
  const remedy = isPath && tree.finds(name) ? `call it by its name: ${name}` : `n6 has no ${name}; install it, or do without it`;
  return { service, file: `${file}:${line}`, value: word, expected: 'a program that the image or n6 has', remedy };
}
