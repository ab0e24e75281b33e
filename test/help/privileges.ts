import { execFileSync } from 'node:child_process';

/** PID namespaces, mounts and networks of a test's own need root, and a system that allows them. */
export const canMakeNamespaces: boolean = (() => {
  try {
    execFileSync('unshare', ['--pid', '--fork', '--mount', '--net', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
})();
