// The page through real reverse proxies, as the README configures them: HTTP/2 where they speak it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../support/proxyProcess.ts';
import { publicName, webProxies } from '../support/webProxies.ts';
import { expect, test } from './fixtures/app.ts';
import { frontConsole, openConsole, waitForPicture } from './fixtures/consoles.ts';
import { signIn } from './fixtures/signIn.ts';
import { endProcess, launchChromium, serveApp } from './fixtures/webApp.ts';

for (const { name, missing, start } of webProxies) {
  test(`behind ${name} the page loads, opens its link and shows a console`, async ({ kind, lab }) => {
    test.skip(kind !== 'chromium', 'the shell needs no proxy');
    test.skip(missing !== undefined, missing ?? '');
    const dir = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
    const port = await freePort();
    const served = await serveApp(dir, 0, ['--public-url', `https://${publicName}:${port}`]);
    const targetPort = Number(served.listensAt.split(':')[1]);
    const proxy = await start({ port, targetPort, limitSeconds: 60 });
    const browser = await launchChromium([`--host-resolver-rules=MAP ${publicName} 127.0.0.1`]);
    try {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      await page.goto(served.url);
      await signIn(page, lab);
      await waitForPicture(await openConsole(page, 'web-frontend'));
      await page.reload(); // by the cookie
      await waitForPicture(frontConsole(page));
      const [cookie] = await context.cookies();
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict', domain: publicName });
    } finally {
      await browser.close();
      await proxy.close();
      await endProcess(served.process);
      await rm(dir, { recursive: true, force: true });
    }
  });
}
