import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const port = 7000;
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
let count = 0;

function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(command, args, { env, input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Why tests with it cannot run here. */
export const farAwayMissing = missing();

function missing(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need root on Linux';
  const absent = ['ip', 'nft', 'ss', 'tc', 'socat'].filter((tool) => spawnSync(tool, ['-V'], { env }).error);
  if (absent.length > 0) return `${absent.join(', ')} not installed`;
  const name = `sluice-try-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { env }).status === 0;
  spawnSync('ip', ['netns', 'delete', name], { env });
  return made ? undefined : 'this system makes no network namespaces';
}

/**
 * A server of this process as if it were on another machine: in a network namespace, behind a pair of virtual
 * interfaces. What happens to the packets in between is the kernel's doing.
 */
export class FarAway {
  readonly host: string;
  readonly port = port;
  readonly #name: string;
  readonly #near: string;
  readonly #far: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #door: ChildProcess | undefined;

  private constructor(onConnection: (socket: net.Socket) => void) {
    count += 1;
    this.#name = `sluice-${process.pid}-${count}`;
    this.#near = `sl${process.pid}n${count}`;
    this.#far = `sl${process.pid}f${count}`;
    this.host = `10.77.${process.pid % 256}.${((count * 4) % 248) + 2}`;
    this.#server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      this.#keep(socket);
      onConnection(socket);
    });
  }

  /** Connections arrive paused. */
  static async open(onConnection: (socket: net.Socket) => void): Promise<FarAway> {
    const away = new FarAway(onConnection);
    await away.#start();
    return away;
  }

  /** In front of a port of this machine. */
  static to(targetPort: number): Promise<FarAway> {
    return FarAway.open((socket) => {
      const inner = net.connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
      inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => inner.destroy());
      socket.pipe(inner);
      inner.pipe(socket);
    });
  }

  get address(): string {
    return `${this.host}:${port}`;
  }

  /** From now on no packet gets through, either way, and nobody is told. */
  blackhole(): void {
    const chain = (hook: string) => `chain ${hook} { type filter hook ${hook} priority 0; policy drop; }\n`;
    this.#inside('nft', ['-f', '-'], `table inet hole {\n${chain('input')}${chain('output')}}\n`);
  }

  /** Packets get through again. */
  heal(): void {
    this.#inside('nft', ['delete', 'table', 'inet', 'hole']);
  }

  /** A line of so many bits a second each way, with a queue in front of it as routers have. */
  limit(bitsPerSecond: number, queueMs: number): void {
    const shape = ['root', 'tbf', 'rate', `${bitsPerSecond}bit`, 'burst', '32kb', 'latency', `${queueMs}ms`];
    run('tc', ['qdisc', 'add', 'dev', this.#near, ...shape]);
    this.#inside('tc', ['qdisc', 'add', 'dev', this.#far, ...shape]);
  }

  /** Every connection gets a reset from the far side. */
  reset(): void {
    this.#inside('ss', ['-K', 'sport', '=', `:${port}`]);
  }

  async close(): Promise<void> {
    const door = this.#door;
    const gone = new Promise((resolve) => (door ? door.once('exit', resolve) : resolve(undefined)));
    for (const pid of run('ip', ['netns', 'pids', this.#name]).split('\n').filter(Boolean)) kill(Number(pid));
    await gone;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    run('ip', ['link', 'delete', this.#near]); // the namespace itself lives on while orphaned connections try
    run('ip', ['netns', 'delete', this.#name]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const path = join(this.#folder, 'socket');
    await new Promise<void>((resolve) => this.#server.listen(path, resolve));
    const [near, far] = [this.#near, this.#far];
    run('ip', ['netns', 'add', this.#name]);
    run('ip', ['link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.#name]);
    const nearHost = this.host.replace(/\d+$/, (last) => String(Number(last) - 1));
    run('ip', ['addr', 'add', `${nearHost}/30`, 'dev', near]);
    run('ip', ['link', 'set', near, 'up']);
    this.#inside('ip', ['addr', 'add', `${this.host}/30`, 'dev', far]);
    this.#inside('ip', ['link', 'set', far, 'up']);
    const door = ['socat', `TCP-LISTEN:${port},fork,reuseaddr,backlog=256,nodelay`, `UNIX-CONNECT:${path}`];
    this.#door = spawn('ip', ['netns', 'exec', this.#name, ...door], { env, stdio: 'ignore' });
    while (!(await canConnect(this.host))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #inside(command: string, args: readonly string[], input = ''): void {
    run('ip', ['netns', 'exec', this.#name, command, ...args], input);
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function canConnect(host: string): Promise<boolean> {
  const socket = net.connect({ host, port });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
