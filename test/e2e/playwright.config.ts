import { defineConfig } from '@playwright/test';

import type { AppOptions } from './fixtures/app.ts';

// The same specs twice: in Chromium on the web host, and in the Electron shell. They need `npm run build` before.
export default defineConfig<AppOptions>({
  testDir: '.',
  globalSetup: './holdDisplay.ts',
  outputDir: process.env.SLUICE_E2E_OUTPUT ?? '../../test-results/e2e',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 1, // two cores are one for the program and one for the browser
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // Browsers, shells and guests on two cores: CI asks once more, and the summary names what needed it.
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  projects: [
    {
      name: 'chromium',
      use: { kind: 'chromium' },
      testIgnore: [
        /shell\w*\.spec\.ts/,
        'updates.spec.ts',
        'crashes.spec.ts',
        'power.spec.ts',
        /packaged\w*\.spec\.ts/,
      ],
    },
    // The views of consoles are tested on pages of their own, which are no app.
    {
      name: 'electron',
      use: { kind: 'electron' },
      testIgnore: [/consoles[A-Z]\w*\.spec\.ts/, /packaged\w*\.spec\.ts/],
    },
    // What was installed; it starts itself.
    { name: 'packaged', use: { kind: 'electron' }, testMatch: /packaged\w*\.spec\.ts/ },
  ],
});
