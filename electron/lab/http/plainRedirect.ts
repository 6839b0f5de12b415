import type { Socket } from 'node:net';

import type { Clock } from '../../../shared/base/clock.ts';
import type { LabQuirks } from '../quirks.ts';
import { HeadParser, type HeadStep } from './headParser.ts';
import { encodeResponse, type LabResponse } from './response.ts';

interface RedirectDeps {
  readonly quirks: LabQuirks;
  readonly clock: Clock;
}

/** Plain HTTP on the TLS port: 301 for GET, 308 for the rest, nothing without a Host header (PVE wire facts 1.7). */
export class PlainRedirect {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #parser = new HeadParser();
  #rest = '';

  constructor(socket: Socket, deps: RedirectDeps, first: Buffer) {
    this.#socket = socket;
    this.#clock = deps.clock;
    const timer = deps.clock.timer(deps.quirks.idleCloseMs, () => socket.destroy());
    socket.once('close', () => timer.dispose());
    socket.on('data', this.#handleData);
    socket.resume();
    this.#handleData(first);
  }

  readonly #handleData = (chunk: Buffer): void => {
    this.#rest += chunk.toString('latin1');
    for (let end = this.#rest.indexOf('\n'); end >= 0; end = this.#rest.indexOf('\n')) {
      const step = this.#parser.handleLine(this.#rest.slice(0, end).replace(/\r$/, ''));
      this.#rest = this.#rest.slice(end + 1);
      if (step.kind !== 'more') return this.#handleStep(step);
    }
    if (this.#parser.isTooLong(this.#rest.length)) this.#stop();
  };

  #stop(): void {
    this.#socket.off('data', this.#handleData);
    this.#socket.on('data', () => undefined); // dropped till the timer ends it
  }

  #handleStep(step: HeadStep): void {
    this.#stop();
    if (step.kind === 'error') return this.#answer({ status: step.status, reason: step.reason });
    if (step.kind !== 'head') return;
    const host = step.head.headers.get('host');
    if (host === undefined) {
      this.#socket.destroy();
      return;
    }
    const isGet = step.head.method === 'GET';
    const location = `https://${host}${step.head.target}`;
    this.#answer({ status: isGet ? 301 : 308, headers: [['Location', location]] });
  }

  #answer(response: LabResponse): void {
    const style = { version: '1.1' as const, keepAlive: false, acceptEncoding: '', nowMs: this.#clock.wallMs() };
    void encodeResponse(response, style).then((bytes) => this.#socket.end(bytes));
  }
}
