import { defineConfig } from 'vitest/config';

/** `fast`: no process. `parts`: real processes, from the sources. `real`: the built programs. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/*.test.ts', 'test/{core,log,membership,metrics,supervisor,top}/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'parts', pool: 'forks',
          include: [
            'test/{cluster,kernel,haproxy,logs,probes,servicedir,image,import,client,companions}/**/*.test.ts',
            'test/{control,hooks,boot,execline,launch,templates,usage}/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'real', include: ['test/{cli,dashboard,scenarios,differential,examples,s6-log}/**/*.test.ts'],
          globalSetup: ['test/help/build.ts'], pool: 'forks',
        },
      },
    ],
  },
});
