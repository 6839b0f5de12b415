import { randomBytes } from 'node:crypto';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { RfbViewerWelcome } from '../../../shared/codec/rfb/viewerWelcome.ts';
import type { OpenTunnel } from '../console/consoleOpening.ts';
import type { Prelude } from '../console/prelude.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import type { Relay } from '../relay/relay.ts';
import { openWindow } from '../relay/target.ts';
import { LoopbackDoor } from './loopbackDoor.ts';

const ACCEPT_MS = 30_000; // a viewer that is started for the first time
const LOGIN_MS = 10_000;
const WINDOW_BYTES = 64 << 10; // keys and pointer
const CHALLENGE_BYTES = 16;
const PASSWORD_BYTES = 6; // 8 characters, all that VNC takes

export interface ScreenGateOptions {
  readonly clock: Clock;
  readonly relays: RelayRegistry;
  readonly name: string;
  /** The guest's screen, signed in to and waiting for ClientInit. */
  readonly screen: OpenTunnel;
  /** False where the viewer can be given none: then only its being a program of this user protects it. */
  readonly hasPassword: boolean;
}

/** A VNC server on loopback for one viewer and one connection: it knows the password of this gate, nobody the guest's. */
export class ScreenGate {
  readonly door: LoopbackDoor;
  readonly password: string | undefined;
  readonly #options: ScreenGateOptions;
  #isTaken = false;

  constructor(options: ScreenGateOptions) {
    const { clock, relays, name, hasPassword } = options;
    this.#options = options;
    this.password = hasPassword ? randomBytes(PASSWORD_BYTES).toString('base64url') : undefined;
    this.door = new LoopbackDoor({
      clock,
      label: `the viewer of ${name}`,
      openWindow: () => openWindow({ budget: relays.budget, windowBytes: WINDOW_BYTES, weight: 'interactive' }),
      mostRelays: 1,
      acceptMs: ACCEPT_MS,
      admit: (local) => this.#admit(local),
    });
    this.door.onClose(() => options.screen.tunnel.dispose());
  }

  async #admit(local: Prelude): Promise<Relay> {
    const { relays, name, screen } = this.#options;
    const challenge = new Uint8Array(randomBytes(CHALLENGE_BYTES));
    await local.run(new RfbViewerWelcome({ password: this.password, challenge }), LOGIN_MS);
    if (this.#isTaken) throw new AppError('busy', `The screen of ${name} has its viewer already.`);
    this.#isTaken = true;
    return relays.open({ label: `VNC: ${name}`, tunnel: screen.tunnel, remote: screen.remote, local });
  }
}
