/** Prepares and starts what its argument says (JSON: `launch`, `argv`), as whoever runs it, and tells pid or failure. */
import { writeSync } from 'node:fs';
import { DEFAULTS } from '../../src/core/definition.ts';
import { PLAIN, PLAIN_LAUNCH, type Argv, type Launch } from '../../src/core/policy.ts';
import { createKernel } from '../../src/kernel/linux.ts';
import { createLauncher } from '../../src/launch/launcher.ts';

const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`);
const asked = JSON.parse(process.argv[2] ?? '') as readonly { launch: Partial<Launch>; argv: Argv }[];
const kernel = createKernel({
  exited: () => undefined, orphanReaped: () => undefined, childless: () => undefined, failed: (where, error) => say({ failed: where, error: String(error) }),
}, { softDescriptorLimit: 128 });
const launcher = createLauncher({
  environment: () => [Buffer.from('PATH=/usr/bin:/bin')], searchPath: '', withGivenLimit: (act) => kernel.withGivenLimit(act),
});

for (const { launch, argv } of asked) {
  const policy = { ...PLAIN, launch: { ...PLAIN_LAUNCH, ...launch } };
  const launched = launcher.prepare({ ...DEFAULTS, name: 'web', directory: '/', fingerprint: '', policy }, argv);
  if ('failure' in launched) say(launched.failure);
  else kernel.spawn({ ...launched, session: true, stdio: ['null', 'null', 'null'] }, say);
}
