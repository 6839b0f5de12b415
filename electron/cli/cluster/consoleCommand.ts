import type { ReadStream, WriteStream } from 'node:tty';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { Channel, PagePeer } from '../../../shared/wire/peer.ts';
import type { CommandContext } from '../runCommand.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { openCluster } from './openCluster.ts';
import type { Prompt } from './secret.ts';

const WAY_OUT = 0x1d; // Ctrl-], as telnet and virsh have it: no shell has a use for it
const MOST_COLS = 1000; // of the contract

type ConsoleCommand = Extract<ClusterCommand, { verb: 'console' }>;

/** The terminal that the command runs in. */
export interface LocalTerminal {
  readonly input: Pick<ReadStream, 'on' | 'off' | 'pause' | 'resume' | 'setRawMode' | 'isTTY'>;
  readonly output: Pick<WriteStream, 'on' | 'off' | 'write' | 'columns' | 'rows' | 'isTTY'>;
  /** Words that are ours, beside the guest's. */
  note(line: string): void;
}

export const processTerminal: LocalTerminal = {
  input: process.stdin,
  output: process.stdout,
  note: (line) => process.stderr.write(`${line}\n`),
};

/** A guest's terminal in this one: bytes both ways as they are, the size with them, until Ctrl-] or its own end. */
export async function runConsole(
  command: ConsoleCommand,
  { stack, end, signal }: CommandContext,
  prompt: Prompt | undefined,
  terminal: LocalTerminal = processTerminal,
): Promise<void> {
  if (!terminal.input.isTTY || !terminal.output.isTTY) {
    throw new Error("'console --terminal' needs a terminal on both sides; it has no use in a pipe.");
  }
  const cluster = await openCluster(stack, command.where, prompt);
  const guest = findGuest(await cluster.guests(), command.guest);
  if (signal.aborted) return;
  const target = { kind: 'guest', clusterId: cluster.clusterId, guestId: guest.id } as const;
  const channel = cluster.page.open('console', { target, view: 'terminal', ...sizeOf(terminal) });
  terminal.note(`Terminal of ${guest.name}. Ctrl-] ends it.`);
  await joinTerminal({ page: cluster.page, channel, terminal, signal });
  end();
}

export function findGuest(guests: readonly Guest[], wanted: string): Guest {
  const byId = guests.find(({ id, vmid }) => id === wanted || String(vmid) === wanted);
  if (byId) return byId;
  const named = guests.filter(({ name }) => name === wanted);
  const [only] = named;
  if (only && named.length === 1) return only;
  if (!only) throw new Error(`The cluster has no guest '${wanted}'. See 'sluice guests'.`);
  throw new Error(
    `Several guests are called '${wanted}': ${named.map(({ vmid }) => vmid).join(', ')}. Name its number.`,
  );
}

const sizeOf = ({ output }: LocalTerminal) => ({
  cols: Math.min(MOST_COLS, Math.max(1, output.columns || 80)),
  rows: Math.min(MOST_COLS, Math.max(1, output.rows || 24)),
});

interface Join {
  readonly page: PagePeer;
  readonly channel: Channel;
  readonly terminal: LocalTerminal;
  readonly signal: AbortSignal;
}

/** Resolves at an orderly end or the way out, rejects with what broke. The terminal is as before afterwards. */
async function joinTerminal({ page, channel, terminal, signal }: Join): Promise<void> {
  const { input, output } = terminal;
  const handleResize = () => {
    // A console that is not open yet is told its size when it is.
    page.call('console.resize', { channel: channel.number, ...sizeOf(terminal) }).catch(() => {});
  };
  const handleAbort = () => channel.dispose();
  const handleInput = (chunk: Buffer) => {
    const at = chunk.indexOf(WAY_OUT);
    const bytes = at < 0 ? chunk : chunk.subarray(0, at);
    if (bytes.length > 0) {
      input.pause(); // what is typed or pasted waits in the system until this went out
      channel.write(Uint8Array.from(bytes), () => input.resume());
    }
    if (at >= 0) channel.close(0);
  };
  input.setRawMode(true);
  try {
    await new Promise<void>((resolve, reject) => {
      channel.onData((chunk) => output.write(chunk, () => channel.consumed(chunk.length)));
      channel.onEnd(() => channel.close(0));
      channel.onClose((reason) => (reason.kind === 'failed' ? reject(reason.error) : resolve()));
      channel.start();
      input.on('data', handleInput);
      input.resume();
      output.on('resize', handleResize);
      signal.addEventListener('abort', handleAbort, { once: true });
    });
  } finally {
    signal.removeEventListener('abort', handleAbort);
    output.off('resize', handleResize);
    input.off('data', handleInput);
    input.pause();
    input.setRawMode(false);
    terminal.note('');
  }
}
