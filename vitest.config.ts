import { defineConfig } from 'vitest/config';

/** `fast`: pure, no process. `real`: real processes, from the build. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', include: ['test/core/**/*.test.ts', 'test/*.test.ts', 'test/membership/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'real',
          include: ['test/{kernel,servicedir,companions,supervisor,control,hooks,boot,cli,scenarios,examples}/**/*.test.ts'],
          globalSetup: ['test/help/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: 'forks',
        },
      },
    ],
  },
});
