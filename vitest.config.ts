import { defineConfig } from 'vitest/config';

/** `fast` runs anywhere and is what `npm test` runs; `slow` needs the real models of ../shared/data or minutes. */
export default defineConfig({
  test: {
    projects: [
      {
        // Packages that are inlined below name source maps that they do not ship.
        logLevel: 'error',
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.slow.test.ts'],
          // Against a hang: a busy machine takes several times as long.
          testTimeout: 120_000,
          // They import JSON without the attribute that Node asks for.
          server: { deps: { inline: [/@actions\/(languageservice|workflow-parser|expressions)/] } },
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/**/*.slow.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
