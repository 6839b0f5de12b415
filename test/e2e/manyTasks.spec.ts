// The page, fed by a real engine that follows ten servers with 2,000 tasks, 50 of them running.
import { join } from 'node:path';

import { type Browser, expect, type Page, test } from '@playwright/test';

import { dist } from '../../build/paths.mjs';
import { createEngine } from '../../electron/engine/engine.ts';
import { createNodeDeps } from '../../electron/hosts/nodeDeps.ts';
import { startWebHost } from '../../electron/hosts/web/webHost.ts';
import { wireVersion } from '../../shared/wire/linkTerms.ts';
import { createMemoryLinkPair } from '../../shared/wire/memoryLink.ts';
import { createPagePeer } from '../../shared/wire/pagePeer.ts';
import { BusyServers } from '../support/busyServers.ts';
import { FakeDocuments, FakeLog } from '../support/engineBench.ts';
import { launchChromium } from './fixtures/webApp.ts';

const SERVERS = 10;
const RUNNING_EACH = 5;
const ENDED_EACH = 195;
const FRAMES = 240;
const BAR_MS = 16;
const FRAME_MS = 100; // far above the bar, which is reported: this finds a freeze, not a busy machine

/** How long each frame took, and the longest that scripts held the page within one. */
function measure(count: number) {
  return new Promise<{ p50: number; p95: number; longTasks: number }>((resolve) => {
    let longTasks = 0;
    new PerformanceObserver((list) => {
      longTasks += list.getEntries().length;
    }).observe({ entryTypes: ['longtask'] });
    const times: number[] = [];
    let last = performance.now();
    const step = (now: number) => {
      times.push(now - last);
      last = now;
      if (times.length < count) return requestAnimationFrame(step);
      times.sort((a, b) => a - b);
      return resolve({ p50: times[count >> 1] ?? 0, p95: times[Math.floor(count * 0.95)] ?? 0, longTasks });
    };
    requestAnimationFrame(step);
  });
}

/** Work of scripts, styles and layout in the page, in milliseconds of its main thread a frame. */
async function workWhile(browser: Browser, page: Page, frames: number) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const busyS = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await busyS();
  const measured = await page.evaluate(measure, frames);
  const workMs = ((await busyS()) - before) * 1000;
  expect(browser.isConnected()).toBe(true);
  return { ...measured, workMs: workMs / frames };
}

test('2,000 tasks of ten servers, 50 of them running: frames stay short while a real engine tells of them', async () => {
  test.skip(test.info().project.name !== 'chromium', 'a browser of its own, not the app');
  test.setTimeout(120_000);
  const busy = await BusyServers.start(SERVERS, RUNNING_EACH);
  const deps = createNodeDeps({ host: 'web', version: 'test', log: new FakeLog() });
  const engine = createEngine({ ...deps, documents: new FakeDocuments() });
  const host = await startWebHost({ engine, pageDir: join(dist, 'page') });
  const [ours, theirs] = createMemoryLinkPair();
  engine.attach(theirs);
  const peer = createPagePeer(ours, deps.clock);
  const browser = await launchChromium();
  let moving: NodeJS.Timeout | undefined;
  try {
    await peer.call('app.hello', { wireVersion });
    await busy.signIn(peer);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    await page.goto(host.url);
    await page.keyboard.press('Control+Shift+M');
    const list = page.getByRole('grid', { name: 'All tasks' });
    // A server lists a hundred at a time; those it listed before are still known.
    for (let known = 0; known < ENDED_EACH; known += ENDED_EACH / 3) {
      busy.end(ENDED_EACH / 3);
      const rows = SERVERS * (RUNNING_EACH + known + ENDED_EACH / 3);
      await expect(list).toHaveAttribute('aria-rowcount', String(rows), { timeout: 30_000 });
    }
    moving = setInterval(() => busy.move(), 1_000);
    const first = list.getByRole('row').first();
    const progress = await first.textContent();
    const { p50, p95, longTasks, workMs } = await workWhile(browser, page, FRAMES);
    expect(await first.textContent()).not.toBe(progress); // it was updating
    expect(await list.getByRole('row').count()).toBeLessThan(60);
    const held = workMs < BAR_MS ? 'held' : 'missed';
    const summary = `frames p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, ${longTasks} longer than 50 ms; work ${workMs.toFixed(2)} ms a frame (bar ${BAR_MS}: ${held})`;
    console.log(summary);
    test.info().annotations.push({ type: 'measured', description: summary });
    expect(p50).toBeLessThan(FRAME_MS);
    expect(workMs).toBeLessThan(BAR_MS * 2); // of the page's own thread, also on a machine that does other things
  } finally {
    clearInterval(moving);
    await browser.close();
    peer.close();
    await host.close();
    await engine.close(500);
    await busy.close();
  }
});
