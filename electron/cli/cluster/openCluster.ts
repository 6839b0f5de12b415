import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Cluster } from '../../../shared/model/cluster.ts';
import type { Guest, InventoryChange } from '../../../shared/model/inventory.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';
import type { DocumentStore } from '../../engine/deps.ts';
import type { Backups } from '../../engine/pbs/backups.ts';
import { listDataDir } from '../../hosts/dataDir.ts';
import { FileDocuments } from '../../hosts/fileDocuments.ts';
import { MarkedDocuments } from '../../hosts/markedDocuments.ts';
import { createInProcessHost } from '../../hosts/inProcess/inProcessHost.ts';
import { createNodeDeps } from '../../hosts/nodeDeps.ts';
import { OverlayDocuments } from '../../hosts/overlayDocuments.ts';
import { PrivateDocuments } from '../../hosts/privateDocuments.ts';
import type { ClosingStack } from '../closingStack.ts';
import { TaskBook } from '../tasks/taskBook.ts';
import { version } from '../version.ts';
import { isOpenIdRealm, signInWithBrowser } from './browserSignIn.ts';
import type { ClusterOptions } from './clusterArguments.ts';
import { type Place, placeOf } from './place.ts';
import { type Prompt, readSecret, type Secret } from './secret.ts';

const CLOSE_ENGINE_MS = 2_000;
const LIST_MS = 30_000;

export interface OpenEngine {
  readonly page: PagePeer;
  readonly backups: Backups;
  /** As the engine told last. */
  clusters(): readonly Cluster[];
  readonly inventories: Inventories;
  readonly tasks: TaskBook;
}

export interface OpenCluster {
  readonly page: PagePeer;
  readonly backups: Backups;
  readonly clusterId: string;
  /** With the secret as its file has it now, else as it was typed. Throws a plain error where only a person could go on. */
  signInAgain(): Promise<void>;
  /** Once it has told them, ordered by number. */
  guests(): Promise<Guest[]>;
  readonly tasks: TaskBook;
  /** Where it was signed in with one. */
  readonly token: { readonly tokenId: string; readonly secret: string } | undefined;
}

/** Keeps what clusters tell first, for whoever asks later. */
class Inventories {
  readonly #known = new Map<string, Map<string, Guest>>();
  readonly #told = new Emitter<void>();

  constructor(page: PagePeer) {
    page.on('inventory.changed', (change) => this.#take(change));
  }

  guests(clusterId: string, clock: Clock = systemClock): Promise<Guest[]> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const known = this.#known.get(clusterId);
        if (!known) return;
        timer.dispose();
        listener.dispose();
        resolve([...known.values()].sort((a, b) => a.vmid - b.vmid));
      };
      const listener = this.#told.event(look);
      const timer = clock.timer(LIST_MS, () => {
        listener.dispose();
        reject(new Error('The cluster did not list its guests in time.'));
      });
      look();
    });
  }

  #take({ clusterId, full, nodes, guests, removedGuests }: InventoryChange): void {
    const before = full ? undefined : this.#known.get(clusterId);
    if (!before && nodes.length === 0) return; // told before the cluster was asked
    const known = before ?? new Map<string, Guest>();
    for (const guest of guests) known.set(guest.id, guest);
    for (const id of removedGuests) known.delete(id);
    this.#known.set(clusterId, known);
    this.#told.fire();
  }
}

export const appDocuments = ({ dataDir }: ClusterOptions) =>
  new MarkedDocuments(new FileDocuments(dataDir ?? listDataDir()), version);

/** An engine of this process, which ends with the stack. Secrets stay in its memory and end with it. */
export async function openEngine(stack: ClosingStack, documents: DocumentStore): Promise<OpenEngine> {
  await documents.read('clusters'); // fails here, in one sentence, where a newer version wrote them
  const deps = createNodeDeps({ host: 'in-process', version });
  const host = createInProcessHost({ ...deps, documents: new PrivateDocuments(documents) });
  stack.add('engine', () => host.engine.close(CLOSE_ENGINE_MS));
  const page = host.connect();
  const inventories = new Inventories(page);
  const tasks = new TaskBook(page);
  let clusters: readonly Cluster[] = [];
  const told = new Promise<void>((resolve) => {
    page.on('clusters.changed', (change) => {
      clusters = change.clusters;
      resolve();
    });
  });
  await page.call('app.hello', { wireVersion });
  await told;
  return { page, backups: host.engine.backups, clusters: () => clusters, inventories, tasks };
}

/** Signs in to the server that the options name. The app's list is read and left as it is. */
export async function openCluster(
  stack: ClosingStack,
  options: ClusterOptions,
  prompt: Prompt | undefined,
): Promise<OpenCluster> {
  const isListed = options.cluster !== undefined;
  const engine = await openEngine(stack, new OverlayDocuments(isListed ? appDocuments(options) : undefined));
  return await signInTo(engine, options, prompt);
}

/** The same in an engine that is open, which may have the app's list. */
export async function signInTo(
  engine: OpenEngine,
  options: ClusterOptions,
  prompt: Prompt | undefined,
): Promise<OpenCluster> {
  const isListed = options.cluster !== undefined;
  const known = isListed ? findCluster(engine.clusters(), options.cluster ?? '') : undefined;
  const address = known?.address ?? options.url ?? '';
  const isOpenId = (realm: string) => isOpenIdRealm(engine.page, address, realm);
  const secret = await readSecret(options, known?.user, prompt, isOpenId);
  const where = placeOf(address, options);
  const clusterId = await signIn(engine.page, where, secret, prompt);
  const isTyped = options.passwordFile === undefined && options.tokenFile === undefined;
  const signInAgain = async () => {
    const now = isTyped ? secret : await readSecret(options, known?.user, undefined);
    await signIn(engine.page, where, now, undefined);
  };
  const { page, backups, tasks, inventories } = engine;
  const token = secret.kind === 'token' ? { tokenId: secret.tokenId, secret: secret.secret } : undefined;
  return { page, backups, clusterId, signInAgain, tasks, token, guests: () => inventories.guests(clusterId) };
}

function findCluster(clusters: readonly Cluster[], wanted: string): Cluster {
  const same = clusters.filter(({ id, name, address }) => [id, name, address].includes(wanted));
  const [only] = same;
  if (only && same.length === 1) return only;
  if (only) {
    const addresses = same.map(({ address }) => address).join(', ');
    throw new Error(`Several clusters are called '${wanted}'. Name one by its address: ${addresses}.`);
  }
  const names = clusters.map(({ name }) => name).join(', ') || 'none';
  throw new Error(`The app's list has no cluster '${wanted}'. It has ${names}. Add one with 'sluice login'.`);
}

/** Resolves with the cluster's ID. Asks for a second factor where that is possible. */
export async function signIn(
  page: PagePeer,
  where: Place,
  secret: Secret,
  prompt: Prompt | undefined,
): Promise<string> {
  const result = await firstStep(page, where, secret, prompt);
  if (result.kind === 'signed-in') return result.clusterId;
  const { challengeId, offered } = result;
  if (!prompt) throw new Error(`${where.address} asks for a second factor. Use an API token: --token-file.`);
  const code = await prompt.ask(`Second factor (${offered.map((kind) => factorNames[kind]).join(' or ')}): `);
  const answered = await page.call('session.answer', { challengeId, kind: factorOf(code, offered), code: code.trim() });
  if (answered.kind === 'signed-in') return answered.clusterId;
  throw new Error(`${where.address} asks for yet another factor. Use an API token: --token-file.`);
}

const factorNames: Record<SecondFactorKind, string> = {
  totp: 'code of the authenticator app',
  recovery: 'recovery key',
  yubico: 'touch of the YubiKey',
};

/** Which of the offered ones was typed shows in its shape: 6 digits, 16 hex digits in groups, or 44 letters. */
export function factorOf(code: string, offered: readonly SecondFactorKind[]): SecondFactorKind {
  const bare = code.replace(/[\s-]/g, '');
  const shaped = /^[cbdefghijklnrtuv]{44}$/.test(bare) ? 'yubico' : /^[0-9a-f]{16}$/i.test(bare) ? 'recovery' : 'totp';
  return offered.includes(shaped) ? shaped : (offered[0] ?? 'totp');
}

function firstStep(page: PagePeer, where: Place, secret: Secret, prompt: Prompt | undefined): Promise<LoginResult> {
  if (secret.kind === 'browser') return signInWithBrowser(page, where, secret.realm, prompt);
  if (secret.kind === 'token') {
    const { tokenId, secret: tokenSecret } = secret;
    return page.call('session.loginWithToken', { ...where, tokenId, secret: tokenSecret });
  }
  const { username, realm, password } = secret;
  return page.call('session.login', { ...where, username, realm, password });
}
