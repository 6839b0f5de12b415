import { every, systemClock } from '../../../shared/base/clock.ts';
import { products } from '../../../shared/model/product.ts';
import type { CommandContext } from '../runCommand.ts';
import { isOpenIdRealm } from './browserSignIn.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { appDocuments, type OpenEngine, openEngine, signIn } from './openCluster.ts';
import { placeOf } from './place.ts';
import { askRunningApp } from './runningApp.ts';
import { type Prompt, readSecret } from './secret.ts';

const NAME_MS = 3_000; // a cluster that does not tell its name by then is listed by its address
const LOOK_MS = 20;

/** Adds a cluster to the app's list: address, trust and user. The secret is used once and kept nowhere. */
export async function runLogin(
  command: ClusterCommand,
  { stack, end }: CommandContext,
  print: (line: string) => void,
  prompt: Prompt | undefined,
): Promise<void> {
  const { where, isJson } = command;
  let isAdded = false;
  // Ended after the engine, which has written the list by then.
  stack.add('the app', async () => {
    if (isAdded) await askRunningApp(where, { kind: 'clusters-changed' });
  });
  const engine = await openEngine(stack, appDocuments(where));
  const known = engine.clusters().find(({ name, id }) => name === where.cluster || id === where.cluster);
  const address = known?.address ?? where.url ?? where.cluster ?? '';
  const isVouchedFor = where.fingerprint !== undefined || where.caFile !== undefined;
  const fingerprint = isVouchedFor ? where.fingerprint : await compared(engine, address, prompt);
  const isOpenId = (realm: string) => isOpenIdRealm(engine.page, address, realm);
  const secret = await readSecret(where, known?.user, prompt, isOpenId);
  const place = placeOf(address, { ...where, fingerprint });
  const clusterId = await signIn(engine.page, place, secret, prompt);
  const name = await nameOf(engine, clusterId);
  isAdded = true;
  print(
    isJson ? JSON.stringify({ event: 'added', id: clusterId, name, address }) : `${name} at ${address} is in the list.`,
  );
  end();
}

/** Undefined where the certificate is trusted already; else a person has to have looked at it. */
async function compared(
  { page }: OpenEngine,
  address: string,
  prompt: Prompt | undefined,
): Promise<string | undefined> {
  const { certificate, product } = await page.call('cluster.probe', { address });
  const command = products[product].certificateCommand;
  const { trust, fingerprint } = certificate;
  if (trust === 'system' || trust === 'accepted') return undefined;
  if (trust === 'changed') {
    throw new Error(`${address} shows another certificate than the one accepted before. Compare both in the app.`);
  }
  const shown = `Nobody vouches for the certificate of ${address}. Its SHA-256 fingerprint is\n  ${fingerprint}\n`;
  if (!prompt) throw new Error(`${shown}Compare it with '${command}' on the server, then give it as --fingerprint.`);
  const answer = await prompt.ask(`${shown}Does it match '${command}' on the server? Type yes: `);
  if (answer.trim().toLowerCase() !== 'yes') throw new Error('The certificate was not accepted; nothing was sent.');
  return fingerprint;
}

/** The cluster's own name arrives a moment after the sign-in. */
function nameOf({ clusters }: OpenEngine, clusterId: string): Promise<string> {
  const find = () => clusters().find(({ id }) => id === clusterId);
  return new Promise((resolve) => {
    const finish = () => {
      limit.dispose();
      look.dispose();
      resolve(find()?.name ?? clusterId);
    };
    const limit = systemClock.timer(NAME_MS, finish);
    const look = every(systemClock, LOOK_MS, () => {
      if (find()?.version !== undefined) finish();
    });
  });
}
