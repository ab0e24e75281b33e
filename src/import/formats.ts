/** THE list of formats that can be imported. */
import type { Imported } from './model.ts';

export type Options = Readonly<{
  /** Of pm2: which `env_NAME` counts, too. */
  env: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}>;

/** `path`: what is to be named, for help. None of them throws: what is wrong is in `problems`. */
export type Format = Readonly<{ path: string; import(place: string, options: Options): Promise<Imported> }>;

export const FORMATS = {
  s6: { path: 'a scan directory, or a directory of s6-rc sources', import: async (place) => (await import('./s6/index.ts')).importS6(place) },
  supervisord: {
    path: 'a supervisord.conf',
    import: async (place, { environment }) => (await import('./supervisord/index.ts')).importSupervisord(place, environment),
  },
  pm2: { path: 'an ecosystem file: .js, .cjs, .mjs, .json, .yaml', import: async (place, { env }) => (await import('./pm2/index.ts')).importPm2(place, env) },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];
