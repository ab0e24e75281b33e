/** The version of the build (esbuild puts package.json's in); `0.0.0-source` when run from the sources, as tests do. */
declare const N6_VERSION: string | undefined;
export const version: string = typeof N6_VERSION === 'string' ? N6_VERSION : '0.0.0-source';
