import { SVC_EXIT } from '../../core/exit-codes.ts';
import { companionsOf, makeLinks, missingLinks } from '../../image/links.ts';
import { JSON_OPTION, NO_OPERAND, type Command } from '../command.ts';
import { printJson } from '../json.ts';
import { cannotLink, noHome } from '../sentences.ts';

/** `svc link`, in an image's build: what `/init` does at boot, for roots that are read-only then. Needs no supervisor. */
export const link: Command = {
  name: 'link',
  operand: NO_OPERAND,
  sentence: "link s6's names into /usr/bin and /bin where nothing has them",
  options: JSON_OPTION,
  examples: [
    { line: 'RUN svc link', sentence: 'in a Dockerfile, for containers with a read-only root' },
    { line: 'svc link --json', sentence: 'what was linked, for programs' },
  ],
  run({ options, terminal }) {
    const home = process.env['N6_HOME'];
    if (home === undefined) {
      terminal.complain(noHome);
      return Promise.resolve(SVC_EXIT.notFulfilled.code);
    }
    const { made, failed } = makeLinks(missingLinks(home, companionsOf(home)));
    if (options['json'] === true) printJson<'link'>(terminal, { linked: made });
    else terminal.print(made.length === 0 ? 'nothing to link' : made.map((place) => `linked ${place}`).join('\n'));
    if (failed === undefined) return Promise.resolve(SVC_EXIT.done.code);
    terminal.complain(cannotLink(failed.place, failed.code));
    return Promise.resolve(SVC_EXIT.notFulfilled.code);
  },
};
