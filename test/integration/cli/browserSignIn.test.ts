import { afterEach, expect, it } from 'vitest';

import { ClosingStack } from '../../../electron/cli/closingStack.ts';
import { openCluster } from '../../../electron/cli/cluster/openCluster.ts';
import { startLab } from '../../../electron/lab/lab.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('a command sends people of an OpenID realm to their browser, and asks for no password', async () => {
  const lab = await startLab({ openId: true, life: false, qemu: false, quirks: { authDelayMs: 0, resourcesLagMs: 0 } });
  cleanUps.push(() => lab.close());
  const stack = new ClosingStack();
  cleanUps.push(() => stack.closeAll(5_000));
  let told = '';
  const prompt = {
    tell: (text: string) => {
      told += text;
    },
    ask: () => Promise.reject(new Error('something was asked for')),
  };
  const where = { url: lab.address, fingerprint: lab.fingerprint, user: 'olga@company' };
  const nothing = {
    cluster: undefined,
    caFile: undefined,
    passwordFile: undefined,
    tokenFile: undefined,
    dataDir: undefined,
  };
  const opened = openCluster(stack, { ...nothing, ...where }, prompt);
  await until(() => told !== '', 'the address of the page');
  const [url = ''] = /http:\S+/.exec(told) ?? [];
  const { origin, searchParams } = new URL(url);
  const form = { redirect_uri: searchParams.get('redirect_uri') ?? '', state: searchParams.get('state') ?? '' };
  const body = new URLSearchParams({ ...form, answer: 'yes' });
  await (await fetch(`${origin}/authorize`, { method: 'POST', body, headers: { connection: 'close' } })).text();
  const { guests } = await opened;
  expect((await guests()).length).toBeGreaterThan(0);
});
