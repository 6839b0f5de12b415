// How many tests passed, failed and were skipped, from the reports that the test tools write.
import { existsSync, readFileSync } from 'node:fs';

const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** Tests that failed and then passed count as passed, and are named: who reads the line can go after them. */
const repeated = (names) => (names.length > 0 ? [`passed only when repeated: ${names.join(', ')}`] : []);

/** A vitest JSON report, and beside it what `repeatedReporter.mjs` wrote. A file that could not be loaded counts as one failure. */
export function countVitest(path) {
  const report = readJson(path);
  if (!report) return undefined;
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    notes: repeated(readJson(repeatedPath(path)) ?? []),
  };
}

export const repeatedPath = (path) => path.replace(/\.json$/, '-repeated.json');

/** A Playwright JSON report. */
export function countPlaywright(path) {
  const report = readJson(path);
  if (!report) return undefined;
  const { expected, unexpected, flaky, skipped } = report.stats;
  const notes = repeated(report.suites.flatMap(flakyTitles));
  return { passed: expected + flaky, failed: unexpected + report.errors.length, skipped, notes };
}

function flakyTitles({ specs = [], suites = [] }) {
  const own = specs.filter(({ tests }) => tests.some(({ status }) => status === 'flaky'));
  return [...own.map(({ title }) => title), ...suites.flatMap(flakyTitles)];
}
