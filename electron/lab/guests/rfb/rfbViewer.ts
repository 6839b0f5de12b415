import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';

import type { Clock } from '../../../../shared/base/clock.ts';
import type { Disposable } from '../../../../shared/base/lifecycle.ts';
import { intersection, isEmpty, moved, type Rect } from '../desktop/rect.ts';
import { type ClientMessageHandler, clientMessage, type Parser, RfbViolation } from './clientMessages.ts';
import { ParserFeed } from './parserFeed.ts';
import { type Move, PendingUpdate } from './pendingUpdate.ts';
import { encodePixelFormat, nativeFormat, type PixelFormat, PixelWriter } from './pixelFormat.ts';
import type { Screen, ScreenChange } from './screen.ts';
import { encodings, UpdateEncoder } from './updateEncoder.ts';
import { CHALLENGE_BYTES, isVncResponse } from './vncAuth.ts';

const VERSION = 'RFB 003.008\n';
const VNC_AUTHENTICATION = 2;
const PASSWORD_MS = 30_000; // set as the viewer connects (PVE wire facts 3.3)
const MIN_FRAME_MS = 16; // 60 frames a second: nobody sees more

export interface RfbViewerEvents {
  /** Let in; `isShared` false asks that the others go. */
  onReady(viewer: RfbViewer, isShared: boolean): void;
  /** It told whether it draws the pointer itself. */
  onCursor(viewer: RfbViewer): void;
  onClose(viewer: RfbViewer): void;
}

/** One viewer's connection, from the version to its end. Sends one update at a time and the next after the drain. */
export class RfbViewer implements ClientMessageHandler, Disposable {
  /** It has told its encodings, and the cursor is not among them. */
  drawsNoCursor = false;
  readonly #stream: Duplex;
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #acceptedAtMs: number;
  readonly #events: RfbViewerEvents;
  readonly #pending = new PendingUpdate();
  readonly #encodings = new Set<number>();
  readonly #heldKeys = new Set<number>();
  #writer = new PixelWriter(nativeFormat);
  #wanted: Rect | undefined;
  #isBlocked = false;
  #isClosed = false;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #timer: Disposable | undefined;
  #sizeNews: { reason: number; status: number } | undefined;
  #hasCursorNews = false;
  #copied: string | undefined;

  constructor(stream: Duplex, password: string, screen: Screen, events: RfbViewerEvents, clock: Clock) {
    this.#stream = stream;
    this.#screen = screen;
    this.#events = events;
    this.#clock = clock;
    this.#acceptedAtMs = clock.nowMs();
    const feed = new ParserFeed(this.#conversation(password));
    stream.on('data', (chunk: Buffer) => this.#receive(feed, chunk));
    stream.on('drain', () => {
      this.#isBlocked = false;
      this.#sendCutText();
      this.#flush();
    });
    stream.on('end', () => this.dispose());
    stream.on('error', () => this.dispose());
    stream.on('close', () => this.dispose());
  }

  /** The screen changed; goes out when the viewer asks and can take it. */
  handleChange(change: ScreenChange): void {
    if (change.kind === 'paint') for (const rect of change.rects) this.#pending.paint(rect);
    else if (change.kind === 'move') this.#handleMove(change);
    else if (change.kind === 'cursor') this.#hasCursorNews = this.#encodings.has(encodings.cursor);
    else if (change.kind === 'cut-text') this.#handleCopied(change.text);
    else this.#handleSize({ reason: 0, status: 0 });
    this.#flush();
  }

  handlePixelFormat(format: PixelFormat): void {
    this.#writer = new PixelWriter(format);
    if (!format.isTrueColour) this.#sendColourMap();
    this.#hasCursorNews = this.#encodings.has(encodings.cursor);
  }

  handleEncodings(list: readonly number[]): void {
    this.#encodings.clear();
    for (const encoding of list) this.#encodings.add(encoding);
    this.#hasCursorNews = this.#encodings.has(encodings.cursor);
    this.drawsNoCursor = !this.#hasCursorNews;
    this.#events.onCursor(this);
    if (this.#encodings.has(encodings.extendedDesktopSize)) this.#sizeNews ??= { reason: 0, status: 0 };
  }

  handleUpdateRequest(isIncremental: boolean, x: number, y: number, width: number, height: number): void {
    const area = intersection({ x, y, width, height }, this.#screen.canvas.bounds);
    this.#wanted = area;
    if (!isIncremental) {
      if (area.width === this.#screen.canvas.width && area.height === this.#screen.canvas.height)
        this.#pending.reset(area);
      else this.#pending.paint(area);
      this.#sentAtMs = Number.NEGATIVE_INFINITY;
    }
    this.#flush();
  }

  handleKey(keysym: number, isDown: boolean): void {
    if (isDown) this.#heldKeys.add(keysym);
    else this.#heldKeys.delete(keysym);
    this.#screen.handleKey(keysym, isDown);
  }

  handlePointer(x: number, y: number, buttons: number): void {
    this.#screen.handlePointer(x, y, buttons);
  }

  handleCutText(text: string): void {
    this.#screen.handleCutText(text);
  }

  handleDesktopSize(width: number, height: number): void {
    const { canvas } = this.#screen;
    const isSame = width === canvas.width && height === canvas.height;
    const isDone = isSame || this.#screen.resize(width, height);
    this.#sizeNews = { reason: 1, status: isDone ? 0 : 3 };
    this.#flush();
  }

  dispose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.dispose();
    for (const keysym of this.#heldKeys) this.#screen.handleKey(keysym, false);
    this.#stream.destroy();
    this.#events.onClose(this);
  }

  *#conversation(password: string): Parser<void> {
    this.#stream.write(VERSION);
    const version = yield VERSION.length;
    if (!/^RFB 003\.008\n$/.test(version.toString('latin1'))) throw new RfbViolation('another version than 3.8');
    this.#stream.write(Buffer.of(1, VNC_AUTHENTICATION));
    if ((yield 1)[0] !== VNC_AUTHENTICATION) throw new RfbViolation('a security type that was not offered');
    const challenge = randomBytes(CHALLENGE_BYTES);
    this.#stream.write(challenge);
    const isRight = isVncResponse(password, challenge, yield CHALLENGE_BYTES);
    const isExpired = this.#clock.nowMs() - this.#acceptedAtMs > PASSWORD_MS;
    if (!isRight || isExpired) return this.#refuse('Authentication failed');
    this.#stream.write(Buffer.alloc(4));
    const isShared = (yield 1)[0] !== 0;
    this.#events.onReady(this, isShared);
    this.#stream.write(this.#serverInit());
    this.#pending.reset(this.#screen.canvas.bounds);
    while (true) yield* clientMessage(this);
  }

  #refuse(reason: string): void {
    const message = Buffer.alloc(8 + reason.length);
    message.writeUInt32BE(1, 0);
    message.writeUInt32BE(reason.length, 4);
    message.write(reason, 8, 'latin1');
    this.#stream.end(message);
  }

  #serverInit(): Buffer {
    const name = Buffer.from(this.#screen.name);
    const head = Buffer.alloc(24);
    head.writeUInt16BE(this.#screen.canvas.width, 0);
    head.writeUInt16BE(this.#screen.canvas.height, 2);
    encodePixelFormat(nativeFormat).copy(head, 4);
    head.writeUInt32BE(name.length, 20);
    return Buffer.concat([head, name]);
  }

  #receive(feed: ParserFeed, chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      feed.push(chunk);
    } catch (error) {
      if (!(error instanceof RfbViolation)) throw error;
      this.dispose();
    }
  }

  #handleMove(move: Move & { readonly rects: readonly Rect[] }): void {
    const { bounds } = this.#screen.canvas;
    if (this.#encodings.has(encodings.copyRect)) this.#pending.move(move, bounds);
    else this.#pending.paint(intersection(moved(move.from, move.dx, move.dy), bounds));
    for (const rect of move.rects) this.#pending.paint(rect);
  }

  #handleSize(news: { reason: number; status: number }): void {
    this.#sizeNews = news;
    this.#pending.reset(this.#screen.canvas.bounds);
    this.#wanted &&= this.#screen.canvas.bounds;
  }

  /** Sends what is due, or comes back when the frame's time has passed. */
  #flush(): void {
    if (!this.#wanted || this.#isBlocked || this.#isClosed || this.#timer) return;
    if (this.#pending.isEmpty && !this.#sizeNews && !this.#hasCursorNews) return;
    const waitMs = this.#sentAtMs + MIN_FRAME_MS - this.#clock.nowMs();
    if (waitMs <= 0) return this.#send(this.#wanted);
    this.#timer = this.#clock.timer(waitMs, () => {
      this.#timer = undefined;
      this.#flush();
    });
  }

  #send(wanted: Rect): void {
    const update = new UpdateEncoder();
    const { canvas, cursor } = this.#screen;
    const isResized = this.#addSize(update);
    if (this.#hasCursorNews) update.cursor(cursor, this.#writer);
    this.#hasCursorNews = false;
    // A new size goes alone: what follows is in its coordinates.
    if (!isResized && !isEmpty(wanted))
      update.frame(this.#pending.take(wanted), canvas, this.#writer, this.#encodings.has(encodings.tight));
    if (update.isEmpty) return;
    this.#wanted = undefined;
    this.#sentAtMs = this.#clock.nowMs();
    this.#isBlocked = !this.#stream.write(update.finish());
  }

  #addSize(update: UpdateEncoder): boolean {
    const news = this.#sizeNews;
    if (!news) return false;
    this.#sizeNews = undefined;
    const { width, height } = this.#screen.canvas;
    if (this.#encodings.has(encodings.extendedDesktopSize)) {
      update.extendedDesktopSize(width, height, news.reason, news.status);
      return true;
    }
    if (!this.#encodings.has(encodings.desktopSize)) return false;
    update.desktopSize(width, height);
    return true;
  }

  #handleCopied(text: string): void {
    this.#copied = text;
    this.#sendCutText();
  }

  #sendCutText(): void {
    if (this.#copied === undefined || this.#isBlocked || this.#isClosed) return;
    const bytes = Buffer.from(this.#copied, 'latin1');
    this.#copied = undefined;
    const head = Buffer.alloc(8);
    head[0] = 3;
    head.writeUInt32BE(bytes.length, 4);
    this.#isBlocked = !this.#stream.write(Buffer.concat([head, bytes]));
  }

  #sendColourMap(): void {
    const map = Buffer.alloc(6 + 256 * 6);
    map[0] = 1;
    map.writeUInt16BE(256, 4);
    for (let i = 0; i < 256; i++) {
      map.writeUInt16BE(Math.round(((i >> 5) * 65535) / 7), 6 + i * 6);
      map.writeUInt16BE(Math.round((((i >> 2) & 7) * 65535) / 7), 8 + i * 6);
      map.writeUInt16BE(Math.round(((i & 3) * 65535) / 3), 10 + i * 6);
    }
    this.#stream.write(map);
  }
}
