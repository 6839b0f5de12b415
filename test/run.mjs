// `npm test`: everything. Installs missing packages where it may, builds, then runs the checks and every suite, prints a
// line for each and ends with `N passed, N failed, N skipped`. `-- NAME ...` runs only the suites so called.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { checkSteps, runChecks } from '../build/checkSteps.mjs';
import { findElectronRuntime } from '../build/electronRuntime.mjs';
import { commandScript, root } from '../build/paths.mjs';
import { countPlaywright, countVitest, repeatedPath } from './runner/counts.mjs';
import { asOtherUser, withDisplay } from './runner/electronRuntime.mjs';
import { preparePackages } from './runner/packages.mjs';
import { installDeb, removeDeb } from './runner/installedDeb.mjs';
import { runSuite } from './runner/runSuite.mjs';

const MINUTE_MS = 60_000;
const results = join(root, 'test-results');
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);

const total = { passed: 0, failed: 0, skipped: 0 };
const node = process.execPath;

/** Prints a suite's line and adds its counts. `notes` say what was skipped and why. */
function report(name, counts, tookMs, notes = []) {
  for (const key of Object.keys(total)) total[key] += counts[key];
  const parts = [`${counts.passed} passed`, `${counts.failed} failed`, `${counts.skipped} skipped`];
  const time = `${(tookMs / 1000).toFixed(1)} s`.padStart(8);
  console.log(`${name.padEnd(14)} ${time}  ${parts.join(', ')}${notes.map((note) => `; ${note}`).join('')}`);
}

function printLog(path) {
  if (existsSync(path)) console.log(readFileSync(path, 'utf8').trimEnd());
}

async function runBuild() {
  const logPath = join(results, 'build.log');
  const { code, tookMs } = await runSuite(node, [join(root, 'build/build.mjs')], { logPath, timeoutMs: 5 * MINUTE_MS });
  if (code !== 0) printLog(logPath);
  report('build', { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }, tookMs);
  return code === 0;
}

async function runCheck() {
  const startedMs = performance.now();
  const steps = await runChecks(checkSteps.filter((step) => step.name !== 'unit tests'));
  const failed = steps.filter((step) => step.code !== 0);
  for (const { name, output } of failed) console.log(`--- ${name}\n${output.trimEnd()}`);
  const counts = { passed: steps.length - failed.length, failed: failed.length, skipped: 0 };
  report('check', counts, performance.now() - startedMs);
}

/** Runs a tool that writes a JSON report. No report, a time limit or an unexplained exit code is a failure. */
async function runReported(name, command, args, { reportPath, count, timeoutMs, env, notes = [] }) {
  const logPath = join(results, `${name}.log`);
  const { code, isTimedOut, tookMs } = await runSuite(command, args, { logPath, timeoutMs, env });
  const counts = count(reportPath) ?? { passed: 0, failed: 0, skipped: 0 };
  const allNotes = [...notes, ...(counts.notes ?? [])];
  if (isTimedOut) allNotes.push(`was ended after ${timeoutMs / MINUTE_MS} minutes`);
  if (counts.failed === 0 && (code !== 0 || isTimedOut)) counts.failed = 1;
  if (counts.passed + counts.failed + counts.skipped === 0) {
    counts.failed = 1;
    allNotes.push('ran no test');
  }
  if (counts.failed > 0 || counts.notes?.length > 0) printLog(logPath);
  report(name, counts, tookMs, allNotes);
}

function hasTests(folder) {
  const path = join(root, 'test', folder);
  if (!existsSync(path)) return false;
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).some((name) => /\.(test|spec)\.tsx?$/.test(name));
}

async function runVitest(name, timeoutMs, notes) {
  if (!isWanted(name) || !hasTests(name)) return;
  const reportPath = join(results, `${name}.json`);
  const repeated = join(root, 'test/runner/repeatedReporter.mjs');
  const reporters = ['default', 'json', repeated].map((reporter) => `--reporter=${reporter}`);
  const args = [commandScript('vitest'), 'run', '--project', name, ...reporters, `--outputFile.json=${reportPath}`];
  const env = { SLUICE_REPEATED: repeatedPath(reportPath) };
  await runReported(name, node, args, { reportPath, count: countVitest, timeoutMs, env, notes });
}

/** `specs`: only those whose names hold it. `folder`: where its report and pictures go. */
async function runPlaywright(name, options) {
  const { project = name, specs = [], wrap = (...all) => all, env = {}, folder = results, timeoutMs } = options;
  const reportPath = join(folder, `e2e-${name}.json`);
  const script = commandScript('@playwright/test', 'playwright');
  const args = [script, 'test', '--config=test/e2e/playwright.config.ts', `--project=${project}`, ...specs];
  const [outer, outerArgs] = wrap(node, [...args, '--reporter=list,json']);
  const output = join(folder, `e2e-${name}`);
  const allEnv = { ...env, PLAYWRIGHT_JSON_OUTPUT_NAME: reportPath, SLUICE_E2E_OUTPUT: output };
  await runReported(name, outer, outerArgs, { reportPath, count: countPlaywright, timeoutMs, env: allEnv });
}

function skip(name, reason) {
  report(name, { passed: 0, failed: 0, skipped: 1 }, 0, [`skipped: ${reason}`]);
}

/** The shell once more as a user who is not root, so that Chromium's sandbox is on, where such a user can read us. */
async function runSandboxed(env) {
  const wrap = asOtherUser(root);
  if (!wrap) return;
  const folder = join(results, 'sandboxed');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const options = { project: 'electron', specs: ['shell.spec'], wrap, env, folder, timeoutMs: 5 * MINUTE_MS };
  await runPlaywright('sandboxed', options);
}

async function runEndToEnd(lacking) {
  if (!hasTests('e2e')) return;
  if (isWanted('chromium')) {
    const names = lacking.get('chromium');
    if (names) skip('chromium', `install ${names.join(' ')}`);
    else await runPlaywright('chromium', { timeoutMs: 15 * MINUTE_MS });
  }
  if (isWanted('electron')) {
    const names = lacking.get('electron');
    const { folder, reason } = names ? { reason: `install ${names.join(' ')}` } : findElectronRuntime();
    if (!folder) return skip('electron', reason);
    const env = { ELECTRON_OVERRIDE_DIST_PATH: folder };
    await runPlaywright('electron', { wrap: withDisplay, env, timeoutMs: 15 * MINUTE_MS });
    await runSandboxed(env);
  }
}

/** Why the package cannot be installed here for a test, if it cannot. It changes the machine: only CI does it. */
function whyNotInstalled() {
  if (!process.env.CI) return 'only CI installs it';
  if (process.getuid?.() !== 0 || !asOtherUser(root)) return 'installing needs root and a user to run as';
  return existsSync('/opt/Sluice') ? 'another Sluice is installed here' : undefined;
}

/** Makes the packages, looks into them and, on CI, installs one, uses it as a normal user, and removes it. */
async function runPackage(lacking) {
  if (!isWanted('package')) return;
  if (process.platform !== 'linux') return skip('package', 'the packages of Linux are tested on Linux');
  if (lacking.has('package')) return skip('package', `install ${lacking.get('package').join(' ')}`);
  const { reason } = findElectronRuntime();
  if (reason) return skip('package', reason);
  const logPath = join(results, 'package-build.log');
  const args = [join(root, 'build/package.mjs'), '--linux', '--quick', 'deb', 'rpm', 'tar.gz'];
  const { code } = await runSuite(node, args, { logPath, timeoutMs: 15 * MINUTE_MS });
  if (code !== 0) {
    printLog(logPath);
    return report('package', { passed: 0, failed: 1, skipped: 0 }, 0, ['the packages could not be made']);
  }
  const whyNot = whyNotInstalled();
  if (!whyNot) installDeb(join(root, 'out'));
  try {
    await runVitest('package', 5 * MINUTE_MS, []);
    if (whyNot) return skip('packaged', whyNot);
    await runInstalled();
  } finally {
    if (!whyNot) report('removed', removeDeb(), 0);
  }
}

/** The installed app, driven as a user who is not root. */
async function runInstalled() {
  const folder = join(results, 'packaged');
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  await runPlaywright('packaged', { wrap: asOtherUser(root), folder, timeoutMs: 5 * MINUTE_MS });
}

async function runAll() {
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const lacking = preparePackages();
  const qemuNotes = lacking.has('qemu') ? [`without QEMU: install ${lacking.get('qemu').join(' ')}`] : [];
  const faultNotes = lacking.has('faults') ? [`without ${lacking.get('faults').join(' ')}: install them`] : [];
  const keyringNotes = lacking.has('keyring') ? [`without ${lacking.get('keyring').join(' ')}: install them`] : [];
  const viewerNotes = lacking.has('viewers') ? [`without ${lacking.get('viewers').join(' ')}: install them`] : [];
  const isBuilt = await runBuild();
  if (isWanted('check')) await runCheck();
  await runVitest('unit', 5 * MINUTE_MS);
  await runVitest('contract', 5 * MINUTE_MS);
  await runVitest('integration', 10 * MINUTE_MS, faultNotes);
  await runVitest('fuzz', 5 * MINUTE_MS);
  await runVitest('peers', 10 * MINUTE_MS, [...qemuNotes, ...viewerNotes, ...keyringNotes]);
  if (isBuilt) await runEndToEnd(lacking);
  if (isBuilt) await runPackage(lacking);
}

await runAll();
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
