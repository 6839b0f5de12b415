import { createConnection, type Socket } from 'node:net';

import { type QemuLaunch, QemuProcess } from '../../electron/lab/qemu/qemuProcess.ts';
import { QmpClient } from '../../electron/lab/qemu/qmpClient.ts';
import { eventually } from './eventually.ts';

/** A guest's QEMU with the controls a console does not need: QMP, and what its serial line printed. */
export class Machine {
  readonly process: QemuProcess;
  printed = '';
  #qmp: QmpClient | undefined;
  #serial: Socket | undefined;

  private constructor(launch: QemuLaunch) {
    this.process = new QemuProcess(launch);
  }

  /** Resolves when its control channel and its serial line are open. */
  static async start(launch: QemuLaunch): Promise<Machine> {
    const machine = new Machine(launch);
    try {
      await eventually(() => machine.#hasControl(), 'the control channel of QEMU');
      machine.#openSerial();
      return machine;
    } catch (error) {
      await machine.dispose();
      throw error;
    }
  }

  /** Asks over QMP. The caller says what comes back. */
  async ask<Answer>(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    if (!this.#qmp) throw new Error('QEMU has no control channel');
    return (await this.#qmp.execute(command, args)) as Answer;
  }

  /** Types a line and waits for what it prints; the pattern must not match the line itself. */
  async run(line: string, pattern: RegExp): Promise<string> {
    this.printed = '';
    this.#serial?.write(`${line}\r`);
    await eventually(() => pattern.test(this.printed), `the answer to ${line}`);
    return pattern.exec(this.printed)?.[0] ?? '';
  }

  async signIn(): Promise<void> {
    await eventually(() => this.printed.includes('login: '), 'the login');
    await this.run('root', /# /);
  }

  async dispose(): Promise<void> {
    this.#serial?.destroy();
    this.#qmp?.close();
    await this.process.kill();
  }

  async #hasControl(): Promise<boolean> {
    if (this.process.hasEnded) throw new Error(`QEMU did not start: ${this.process.lastWords}`);
    try {
      this.#qmp = await QmpClient.connect(this.process.path('qmp'), () => undefined);
      return true;
    } catch {
      return false; // its sockets are not there yet
    }
  }

  #openSerial(): void {
    this.#serial = createConnection(this.process.path('serial'));
    this.#serial.on('error', () => undefined); // what is missing in `printed` tells
    this.#serial.on('data', (chunk: Buffer) => {
      this.printed += chunk.toString('latin1');
    });
  }
}
