import type { Clock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Gateway } from '../../../shared/model/gateway.ts';
import type { SessionService } from '../session/sessionService.ts';
import { ApiGateway } from './apiGateway.ts';

const GOODBYE_MS = 1_000;
const MOST = 16; // doors; each is a port of this machine

export interface OpenGateway {
  readonly id: string;
  readonly url: string;
  readonly token: string;
}

export interface GatewayRequest {
  readonly clusterId: string;
  readonly allowsWrites: boolean;
  readonly port: number;
}

/** The doors that are open. They outlive the page that opened them, and end with their cluster or with the engine. */
export class Gateways {
  readonly #sessions: SessionService;
  readonly #clock: Clock;
  readonly #open = new Map<string, { readonly about: Gateway; readonly gateway: ApiGateway }>();
  readonly #changed = new Emitter<void>();
  #lastId = 0;
  #isClosing = false;

  /** A door was opened or closed. */
  readonly onChanged = this.#changed.event;

  constructor(sessions: SessionService, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
    sessions.onRemoved(({ id }) => {
      for (const [gatewayId, one] of this.#open) if (one.about.clusterId === id) void this.close(gatewayId);
    });
  }

  /** `session-expired` and the like where the cluster is not signed in, `busy` where the port is taken. */
  async open({ clusterId, allowsWrites, port }: GatewayRequest): Promise<OpenGateway> {
    this.#sessions.active(clusterId);
    if (this.#isClosing) throw new AppError('closed', 'Sluice is closing.');
    if (this.#open.size >= MOST) throw new AppError('limit', `${MOST} gateways are open. Close one of them.`);
    const api = () => this.#sessions.active(clusterId).api;
    const gateway = await ApiGateway.open({ api, allowsWrites, port, clock: this.#clock });
    this.#lastId += 1;
    const id = `gateway-${this.#lastId}`;
    const about = { id, clusterId, url: gateway.url, allowsWrites, openedAtMs: this.#clock.wallMs() };
    this.#open.set(id, { about, gateway });
    this.#changed.fire();
    return { id, url: gateway.url, token: gateway.token };
  }

  list(): Gateway[] {
    return [...this.#open.values()].map(({ about }) => about);
  }

  /** Throws `not-found`. */
  tokenOf(id: string): string {
    const one = this.#open.get(id);
    if (!one) throw new AppError('not-found', 'This gateway was closed. Open another one.');
    return one.gateway.token;
  }

  /** One that is closed already is no error. */
  async close(id: string, deadlineMs = GOODBYE_MS): Promise<void> {
    const one = this.#open.get(id);
    if (this.#open.delete(id)) this.#changed.fire();
    await one?.gateway.close(deadlineMs);
  }

  async closeAll(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#open.keys()].map((id) => this.close(id, deadlineMs)));
  }
}
