// A vitest reporter that writes down which tests passed only when repeated, to the file that SLUICE_REPEATED names.
import { writeFileSync } from 'node:fs';

export default class RepeatedReporter {
  #names = [];

  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky) this.#names.push(test.name);
  }

  onTestRunEnd() {
    const path = process.env.SLUICE_REPEATED;
    if (path) writeFileSync(path, JSON.stringify(this.#names));
  }
}
