// The entry of Electron's utility process. The first message from the main process says how to start.
import type { ToMain, ToUtility } from '../../../shared/wire/hostMessages.ts';
import { toUtility } from '../../../shared/wire/hostMessages.ts';
import { createMessagePortLink, type MessagePortLike } from '../../../shared/wire/messagePortLink.ts';
import { createEngine, type Engine } from '../../engine/engine.ts';
import { answerControl } from '../control/answerControl.ts';
import { type ControlServer, startControlServer } from '../control/controlServer.ts';
import { giveBackAfterStart } from '../giveBack.ts';
import { LazyDemo } from '../demoCluster.ts';
import { createNodeDeps } from '../nodeDeps.ts';
import { ParentVault } from './parentVault.ts';

/** What Electron gives a utility process, said without importing it. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown; ports: MessagePortLike[] }) => void): unknown;
}

class UtilityHost {
  readonly #parent: ParentPort;
  readonly #demo = new LazyDemo();
  #engine: Engine | undefined;
  #vault: ParentVault | undefined;
  #control: ControlServer | undefined;

  constructor(parent: ParentPort) {
    this.#parent = parent;
    parent.on('message', ({ data, ports }) => this.#handleMessage(data, ports));
  }

  #handleMessage(data: unknown, ports: MessagePortLike[]): void {
    const parsed = toUtility.safeParse(data);
    if (!parsed.success) {
      console.error('A message of the main process was not understood and dropped.');
      return;
    }
    const message = parsed.data;
    if (message.kind === 'start') this.#start(message);
    else if (message.kind === 'link') this.#attach(ports[0]);
    else if (message.kind === 'launch') void this.#engine?.launch(message.text);
    else if (message.kind === 'power') this.#engine?.setAsleep(message.isAsleep);
    else if (message.kind === 'close') void this.#close(message.deadlineMs);
    else this.#vault?.handleAnswer(message);
  }

  #start({ version, dataDir, vault, forced, demo }: Extract<ToUtility, { kind: 'start' }>): void {
    if (this.#engine) return;
    const send = (message: ToMain) => this.#parent.postMessage(message);
    this.#vault = new ParentVault(send, vault);
    const deps = createNodeDeps({ host: 'utility', version, dataDir, vault: this.#vault });
    // The shell has looked whether they are a newer version's; a folder that can't be written shows with the next write.
    deps.documents.claim().catch((error: unknown) => deps.log.write('error', 'data', 'the data folder', { error }));
    const startDemo = (product: 'pve' | 'pbs') =>
      demo && product === 'pve' ? Promise.resolve(demo) : this.#demo.start(product);
    this.#engine = createEngine({ ...deps, forced, startDemo });
    this.#engine.onWork((work) => send({ kind: 'work', work }));
    send({ kind: 'ready' });
    send({ kind: 'work', work: this.#engine.work });
    giveBackAfterStart();
    this.#listen(dataDir, this.#engine, () => send({ kind: 'show' }));
  }

  /** For commands of this user. Without it they only open nothing here. */
  #listen(dataDir: string, engine: Engine, show: () => void): void {
    startControlServer(dataDir, (request) => answerControl(engine, request, { show })).then(
      (control) => {
        this.#control = control;
      },
      () => console.error('Commands of this machine can not reach this window: its socket could not be opened.'),
    );
  }

  #attach(port: MessagePortLike | undefined): void {
    if (!port) return;
    if (this.#engine) this.#engine.attach(createMessagePortLink(port, { label: 'page in a window' }));
    else port.close();
  }

  async #close(deadlineMs: number): Promise<void> {
    const half = deadlineMs / 2; // consoles drain in the first half, the demo ends in the second
    try {
      await this.#control?.close();
      await this.#engine?.close(half);
      await this.#demo.close();
    } finally {
      process.exit(0);
    }
  }
}

const { parentPort } = process as unknown as { parentPort?: ParentPort };
if (!parentPort) throw new Error('This is the entry of a utility process and runs in nothing else.');
new UtilityHost(parentPort);
