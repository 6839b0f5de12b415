import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Disposable } from '../../../../shared/base/lifecycle.ts';
import { FileTree } from './fileTree.ts';
import { InputDecoder, type InputEvent } from './inputDecoder.ts';
import { LineEditor } from './lineEditor.ts';
import { Interrupted, type Machine, type ProgramIo } from './program.ts';
import { programs } from './programs.ts';
import { TerminalHub } from './terminalHub.ts';
import { splitCommands } from './words.ts';

type State = 'login' | 'prompt' | 'running' | 'ended';

const COLS = 80; // as a real terminal proxy starts
const ROWS = 20;
// Type-ahead for a running program; a terminal's input buffer is about this large.
const MAX_HELD_KEYS = 4096;

/** A login and a small shell. All who look share it. */
export class Shell implements Disposable {
  readonly #machine: Machine;
  readonly #powerOff: () => void;
  readonly #hub: TerminalHub;
  readonly #decoder = new InputDecoder();
  readonly #editor: LineEditor;
  readonly #files: FileTree;
  #state: State = 'login';
  #cols = COLS;
  #rows = ROWS;
  #cwd = '/root';
  #hasGreeted = false;
  #heldKeys: InputEvent[] = [];
  #isInterrupted = false;
  #lastWords = '';
  /** Ends what the running program waits for. */
  #wake: (() => void) | undefined;

  constructor(machine: Machine, powerOff: () => void) {
    this.#machine = machine;
    this.#powerOff = powerOff;
    this.#files = new FileTree(machine.hostname);
    this.#hub = new TerminalHub({
      onInput: (bytes) => this.#handleInput(bytes),
      onViewer: (write) => this.#greet(write),
    });
    const shell = this;
    this.#editor = new LineEditor({
      write: (text) => this.#hub.write(Buffer.from(text)),
      get cols() {
        return shell.#cols;
      },
      complete: (line) => this.#complete(line),
    });
  }

  open(): Duplex {
    return this.#hub.open();
  }

  /** A prompt is drawn anew, as after SIGWINCH; programs ask for the size when they draw. */
  resize(cols: number, rows: number): void {
    if (cols < 1 || rows < 1) return;
    this.#cols = cols;
    this.#rows = rows;
    if (this.#state === 'prompt' || this.#state === 'login') this.#editor.redraw();
    else this.#wake?.();
  }

  dispose(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#isInterrupted = true;
    this.#wake?.();
    this.#hub.close();
  }

  /** The first viewer finds root signed in; later ones see where the others are. */
  #greet(write: (text: string) => void): void {
    if (this.#hasGreeted) {
      if (this.#state === 'prompt' || this.#state === 'login') this.#editor.redraw();
      return;
    }
    this.#hasGreeted = true;
    const { hostname } = this.#machine;
    write(`\r\nSluice Lab 1 ${hostname} ttyS0\r\n\r\n${hostname} login: root (automatic login)\r\n`);
    this.#startShell();
  }

  #startLogin(): void {
    this.#state = 'login';
    const { hostname } = this.#machine;
    this.#print(`\nSluice Lab 1 ${hostname} ttyS0\n\n`);
    this.#editor.start(`${hostname} login: `, `${hostname} login: `);
  }

  #startShell(): void {
    this.#cwd = '/root';
    this.#print(
      '\nA shell to try things in. \x1b[1mhelp\x1b[0m lists what it knows, \x1b[1mcat readme.txt\x1b[0m shows where to start.\n\n',
    );
    this.#startPrompt();
  }

  #startPrompt(): void {
    this.#state = 'prompt';
    const where = this.#cwd.replace(/^\/root/, '~');
    const user = `root@${this.#machine.hostname}`;
    this.#editor.start(`\x1b[1;32m${user}\x1b[0m:\x1b[1;34m${where}\x1b[0m# `, `${user}:${where}# `);
    this.#replayKeys();
  }

  #handleInput(bytes: Uint8Array): void {
    for (const event of this.#decoder.push(bytes)) this.#handle(event);
  }

  #handle(event: InputEvent): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'running') return this.#handleWhileRunning(event);
    const outcome = this.#editor.handle(event);
    if (!outcome) return;
    if (outcome.kind === 'line') this.#enter(outcome.text);
    else if (outcome.kind === 'eof' && this.#state === 'prompt') this.#logOut();
    else if (this.#state === 'prompt') this.#startPrompt();
    else this.#startLogin();
  }

  #enter(line: string): void {
    if (this.#state === 'prompt') void this.#run(line);
    else if (line.trim() === '') this.#startLogin();
    else this.#startShell();
  }

  #handleWhileRunning(event: InputEvent): void {
    if (event.kind === 'key' && event.key === 'ctrl-c') {
      this.#heldKeys = [];
      this.#isInterrupted = true;
      this.#hub.drop();
    } else if (this.#heldKeys.length < MAX_HELD_KEYS) this.#heldKeys.push(event);
    this.#wake?.();
  }

  /** What was typed while a program ran. */
  #replayKeys(): void {
    const keys = this.#heldKeys;
    this.#heldKeys = [];
    for (const event of keys) this.#handle(event);
  }

  async #run(line: string): Promise<void> {
    this.#state = 'running';
    this.#isInterrupted = false;
    const io = this.#createIo();
    try {
      for (const words of splitCommands(line)) if (this.#state === 'running') await this.#runOne(io, words);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      this.#hub.drop();
      this.#print('\x1b[0m^C\n');
    }
    this.#print(this.#lastWords);
    this.#lastWords = '';
    if (this.#state === 'running') this.#startPrompt();
  }

  async #runOne(io: ProgramIo, [name = '', ...args]: readonly string[]): Promise<void> {
    const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
    if (program) await program(io, args);
    else await io.print(`${name}: not found. help lists what this shell knows.\n`);
  }

  #createIo(): ProgramIo {
    const shell = this;
    return {
      machine: this.#machine,
      files: this.#files,
      history: this.#editor.history,
      get cols() {
        return shell.#cols;
      },
      get rows() {
        return shell.#rows;
      },
      get cwd() {
        return shell.#cwd;
      },
      set cwd(path) {
        shell.#cwd = path;
      },
      print: (text) => this.#send(Buffer.from(text.replaceAll('\n', '\r\n'))),
      write: (bytes) => this.#send(bytes),
      sleep: (ms) => this.#sleep(ms),
      key: (ms) => this.#key(ms),
      atEnd: (text) => {
        this.#lastWords += text;
      },
      exit: () => this.#logOut(),
      powerOff: () => this.#powerDown(),
    };
  }

  #print(text: string): void {
    this.#hub.write(Buffer.from(text.replaceAll('\n', '\r\n')));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#check();
    this.#hub.write(bytes);
    // Input has to be seen even when the reader is always ready.
    await nextTurn();
    while (!this.#hub.hasRoom && !this.#isInterrupted) await this.#pause((done) => this.#hub.onRoom(done));
    this.#check();
  }

  async #sleep(ms: number): Promise<void> {
    const untilMs = this.#machine.clock.nowMs() + ms;
    while (this.#machine.clock.nowMs() < untilMs && !this.#isInterrupted)
      await this.#pauseFor(untilMs - this.#machine.clock.nowMs());
    this.#check();
  }

  async #key(ms: number): Promise<string | undefined> {
    if (this.#heldKeys.length === 0) await this.#pauseFor(ms);
    this.#check();
    const event = this.#heldKeys.shift();
    return event?.kind === 'text' ? event.text : event?.key;
  }

  async #pauseFor(ms: number): Promise<void> {
    let timer: Disposable | undefined;
    await this.#pause((done) => {
      timer = this.#machine.clock.timer(ms, done);
    });
    timer?.dispose();
  }

  /** Waits for `arm`'s callback, a key, an interrupt or a new size. */
  #pause(arm: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      arm(resolve);
    });
  }

  #check(): void {
    if (this.#isInterrupted) throw new Interrupted();
  }

  #logOut(): void {
    this.#print('logout\n');
    this.#startLogin();
  }

  #powerDown(): void {
    this.#print('The system is going down.\n');
    this.#powerOff();
  }

  #complete(line: string): readonly string[] {
    const word = /\S*$/.exec(line)?.[0] ?? '';
    if (line.trimStart() === word)
      return Object.keys(programs)
        .filter((name) => name.startsWith(word))
        .toSorted();
    const slash = word.lastIndexOf('/') + 1;
    const directory = this.#files.resolve(this.#cwd, word.slice(0, slash) || '.');
    return this.#files
      .list(directory)
      .map((name) => word.slice(0, slash) + name)
      .filter((name) => name.startsWith(word));
  }
}
