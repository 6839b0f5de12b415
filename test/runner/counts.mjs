// How many tests passed, failed and were skipped, from the reports that the test tools write.
import { existsSync, readFileSync } from 'node:fs';

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** A vitest JSON report. A file that could not be loaded counts as one failure. */
export function countVitest(path) {
  const report = readJson(path);
  if (!report) return undefined;
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** A Playwright JSON report. A test that passed only when repeated counts as passed and is named. */
export function countPlaywright(path) {
  const report = readJson(path);
  if (!report) return undefined;
  const { expected, unexpected, flaky, skipped } = report.stats;
  const notes = flaky > 0 ? [`${flaky} passed only when repeated`] : [];
  return { passed: expected + flaky, failed: unexpected + report.errors.length, skipped, notes };
}
