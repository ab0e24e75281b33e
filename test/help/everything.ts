/** Services that have something of everything that can be told of one. */
import { until, type Machine } from './machine.ts';

const SLEEPER = '#!/bin/sh\nexec sleep 1000\n';
/** Something of everything that a status can say. */
export const EVERYTHING = {
  'web/run!': SLEEPER, 'web/service.yaml': 'description: the front end\nneeds: [db]\nhealth: { exec: ["true"], interval: 100ms }\nenv: { A_TOKEN: secret }\n',
  'db/run!': '#!/bin/sh\necho >&3\nexec sleep 1000\n', 'db/notification-fd': '3\n',
  'bad/run!': '#!/bin/sh\nexit 3\n', 'bad/finish!': '#!/bin/sh\nexit 125\n',
  'flaps/run!': '#!/bin/sh\nkill -9 $$\n', 'flaps/service.yaml': 'backoff: { initial: 1h, max: 1h }\n',
  'job/service.yaml': 'once: true\ncommand: ["true"]\n',
  'nightly/service.yaml': 'once: true\ncommand: ["true"]\nschedule: { cron: "0 3 * * *" }\n',
  'wrong/run!': SLEEPER, 'wrong/service.yaml': 'needs: [bd]\n',
  'reloads/run!': '#!/bin/sh\ntrap : HUP\nwhile :; do sleep 1000 & wait; done\n', 'reloads/service.yaml': 'reload: { check: ["false"] }\n',
  'talks/run!': '#!/bin/sh\necho one\nprintf "\\377\\n"\nexec sleep 1000\n', 'talks/service.yaml': 'logs: { format: raw, container: false }\n',
  'off/run!': SLEEPER, 'off/down': '',
};

/** Resolves when each of them is in its state. */
export async function settled(machine: Machine): Promise<void> {
  await until(async () => {
    const { services } = JSON.parse((await machine.svc('status', '--json')).stdout) as { services: { name: string; state: string; health: string | null }[] };
    const states = Object.fromEntries(services.map(({ name, state, health }) => [name, `${state} ${health ?? ''}`]));
    return states['web'] === 'up healthy' && states['db'] === 'ready ' && states['bad'] === 'failed ' && states['flaps'] === 'backing-off '
      && states['job'] === 'done ';
  }, () => machine.output());
}
