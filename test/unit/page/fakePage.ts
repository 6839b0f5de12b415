import { Emitter } from '../../../shared/base/event.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { ChannelKind, EventName, Params } from '../../../shared/wire/contract.ts';
import type { Channel, PagePeer } from '../../../shared/wire/peer.ts';
import type { VncView } from '../../../renderer/consoles/consoleView.ts';
import { FakeDuplex } from '../../fakes/fakeDuplex.ts';

export class FakeChannel extends FakeDuplex implements Channel {
  readonly number: number;
  readonly kind: ChannelKind;

  constructor(number: number, kind: ChannelKind) {
    super({ label: kind });
    this.number = number;
    this.kind = kind;
  }
}

/** An engine that opens every channel and answers `app.hello`. */
export class FakePeer implements PagePeer {
  readonly channels: FakeChannel[] = [];
  /** With what each was opened. */
  readonly opened: unknown[] = [];
  readonly calls: string[] = [];
  /** What the last `app.hello` said. */
  greeting: Params<'app.hello'> | undefined;
  sequence = 0;
  quietMs = 0;
  heartbeatMs = 0;
  isClosed = false;
  hello: () => Promise<unknown> = () =>
    Promise.resolve({
      version: '1',
      epoch: 'first',
      heartbeatMs: 20_000,
      host: 'web',
      hasDemo: false,
      forced: [],
      settings: { theme: 'system', releaseKey: 'ControlRight', terminalFontSizePx: 12 },
    });
  readonly #closed = new Emitter<CloseReason>();
  readonly #events = new Map<EventName, Emitter<never>>();
  readonly #late = new Emitter<boolean>();
  readonly onClose = this.#closed.event;
  readonly onLate = this.#late.event;

  readonly call: PagePeer['call'] = (method, params) => {
    this.calls.push(method);
    if (method === 'app.hello') this.greeting = params as Params<'app.hello'>;
    return (method === 'app.hello' ? this.hello() : Promise.resolve({})) as ReturnType<PagePeer['call']> as never;
  };

  readonly on: PagePeer['on'] = (event, listener) => {
    const emitter = this.#events.get(event) ?? new Emitter<never>();
    this.#events.set(event, emitter);
    return emitter.event(listener);
  };

  readonly open: PagePeer['open'] = (kind, params) => {
    this.opened.push(params);
    const channel = new FakeChannel(this.channels.length + 1, kind);
    this.channels.push(channel);
    return channel;
  };

  checks: number[] = [];

  check(withinMs: number): void {
    this.checks.push(withinMs);
  }

  setHeartbeat(ms: number): void {
    this.heartbeatMs = ms;
  }

  emit(event: EventName, data: unknown): void {
    this.#events.get(event)?.fire(data as never);
  }

  get listenerCount(): number {
    return [...this.#events.values()].reduce((sum, emitter) => sum + emitter.listenerCount, 0);
  }

  lose(reason: CloseReason): void {
    this.isClosed = true;
    this.#closed.fire(reason);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A screen that shows nothing: the test says when a picture is there and when the stream is lost. */
export class FakeVncView {
  readonly attached: unknown[] = [];
  focusCount = 0;
  isDisposed = false;
  readonly #paint = new Emitter<number>();
  readonly #lost = new Emitter<CloseReason>();
  readonly #keyboard = new Emitter<boolean>();
  readonly #scale = new Emitter<number>();
  readonly onFirstPaint = this.#paint.event;
  readonly onLost = this.#lost.event;
  readonly onKeyboard = this.#keyboard.event;
  readonly onScale = this.#scale.event;
  readonly onClipboard = new Emitter<string>().event;

  attach(stream: unknown): void {
    this.attached.push(stream);
  }
  paint(): void {
    this.#paint.fire(1);
  }
  lose(reason: CloseReason): void {
    this.#lost.fire(reason);
  }
  focus(): void {
    this.focusCount++;
    this.#keyboard.fire(true);
  }
  blur(): void {
    this.#keyboard.fire(false);
  }
  setReleaseKey(): void {}
  dispose(): void {
    this.isDisposed = true;
  }
  asView(): VncView {
    return this as unknown as VncView;
  }
}

/** The little of a document that a console's element needs. */
export function stubDocument(): void {
  const document = { createElement: () => element, activeElement: null };
  const element = { contains: () => false, remove: () => undefined, ownerDocument: document };
  Object.assign(globalThis, { document });
}
