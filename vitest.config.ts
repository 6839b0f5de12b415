import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/**
 * `isReal`: has real peers and real time. CI asks once more there, and the summary names what needed it. `isAlone`: one
 * file at a time. Guests that QEMU emulates want a processor each, and lose memory in a migration where they get none.
 */
const suite = (name: string, testTimeout: number, { isReal = false, isAlone = false } = {}) => ({
  extends: true as const,
  test: {
    name,
    include: [`test/${name}/**/*.test.{ts,tsx}`],
    testTimeout,
    retry: isReal && process.env.CI ? 1 : 0,
    fileParallelism: !isAlone,
    hookTimeout: testTimeout,
    setupFiles: ['test/support/fuzzSeed.ts'],
  },
});

export default defineConfig({
  plugins: [react()],
  test: {
    environment: 'node',
    // One worker a core at most; the machine may be shared.
    maxWorkers: 2,
    reporters: ['default'],
    passWithNoTests: true,
    projects: [
      suite('unit', 30_000),
      suite('contract', 30_000),
      suite('integration', 60_000, { isReal: true }),
      // Real peers: QEMU boots in up to 20 s without hardware virtualisation.
      suite('peers', 180_000, { isReal: true, isAlone: true }),
      suite('fuzz', 60_000),
      suite('package', 60_000),
    ],
  },
});
