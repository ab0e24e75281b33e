/** The dashboard's static files: THE list of them, and reading them. They lie beside this file; in a build, beside the program. */
import { promises } from 'node:fs';
import path from 'node:path';
import type { File, Files } from '../control/answers.ts';

/** By the path of the request. Nothing else is ever read, so that no path can lead elsewhere. */
export const DASHBOARD_FILES: Readonly<Record<string, Readonly<{ name: string; type: string }>>> = {
  '/': { name: 'dashboard.html', type: 'text/html; charset=utf-8' },
  '/dashboard/dashboard.css': { name: 'dashboard.css', type: 'text/css; charset=utf-8' },
  '/dashboard/dashboard.js': { name: 'dashboard.js', type: 'text/javascript; charset=utf-8' },
  '/dashboard/dashboard-api.js': { name: 'dashboard-api.js', type: 'text/javascript; charset=utf-8' },
  '/dashboard/dashboard-one.js': { name: 'dashboard-one.js', type: 'text/javascript; charset=utf-8' },
  '/dashboard/dashboard-page.js': { name: 'dashboard-page.js', type: 'text/javascript; charset=utf-8' },
  '/dashboard/dashboard-rows.js': { name: 'dashboard-rows.js', type: 'text/javascript; charset=utf-8' },
  '/dashboard/dashboard-text.js': { name: 'dashboard-text.js', type: 'text/javascript; charset=utf-8' },
};

/** Nothing from elsewhere, nothing inline, in no frame; the token is the tab's, and goes nowhere by a link. */
export const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    + "frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // It belongs to the supervisor that gave it.
  'cache-control': 'no-cache',
};

/** `directory` is where the files lie, for tests. Rejects with the errno when one of them is not there. */
export function dashboardFiles(directory: string = import.meta.dirname): Files {
  const known = new Map<string, File>();
  return async (asked) => {
    const entry = Object.hasOwn(DASHBOARD_FILES, asked) ? DASHBOARD_FILES[asked] : undefined;
    if (entry === undefined) return undefined;
    const file = known.get(asked) ?? { type: entry.type, bytes: await promises.readFile(path.join(directory, entry.name)), headers: HEADERS };
    known.set(asked, file);
    return file;
  };
}
