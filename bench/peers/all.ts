import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Peer } from './peer.ts';

const launcher = path.resolve(import.meta.dirname, '../../build/n6/bin/svc');

function directories(directory: string, services: Readonly<Record<string, string>>): string {
  const scan = path.join(directory, 'services');
  for (const [name, script] of Object.entries(services)) {
    mkdirSync(path.join(scan, name), { recursive: true });
    writeFileSync(path.join(scan, name, 'run'), script);
    chmodSync(path.join(scan, name, 'run'), 0o755);
  }
  return scan;
}

const n6: Peer = {
  name: 'n6',
  needs: ['node'],
  prepare: (directory, services) => [launcher, 'supervise', directories(directory, services), '--no-watch'],
  stop: (pid) => void process.kill(pid, 'SIGTERM'),
};

const s6: Peer = {
  name: 's6-svscan',
  needs: ['s6-svscan'],
  prepare: (directory, services) => ['s6-svscan', directories(directory, services)],
  stop: (pid) => void process.kill(pid, 'SIGTERM'),
};

const runit: Peer = {
  name: 'runsvdir',
  needs: ['runsvdir', 'runsv'],
  prepare: (directory, services) => ['runsvdir', directories(directory, services)],
  // HUP, because TERM ends runsvdir alone and leaves its children (runsvdir(8)).
  stop: (pid) => void process.kill(pid, 'SIGHUP'),
};

const supervisord: Peer = {
  name: 'supervisord',
  needs: ['supervisord'],
  prepare(directory, services) {
    const scan = directories(directory, services);
    const programs = Object.keys(services).map((name) => [
      `[program:${name}]`, `command=${scan}/${name}/run`, `directory=${scan}/${name}`, 'autorestart=true', 'startretries=1000', 'startsecs=1',
      'stdout_logfile=/dev/null', 'stderr_logfile=/dev/null',
    ].join('\n'));
    const file = path.join(directory, 'supervisord.conf');
    writeFileSync(file, [`[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=${directory}/pid`, ...programs].join('\n\n'));
    return ['supervisord', '-n', '-c', file];
  },
  stop: (pid) => void process.kill(pid, 'SIGTERM'),
};

/** n6 first: the others are told as ratios of it. */
export const PEERS: readonly Peer[] = [n6, s6, runit, supervisord];
