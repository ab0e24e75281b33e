import path from 'node:path';

/** Fixture programs, one vice each. */
export const programs = path.join(import.meta.dirname, '../programs');
