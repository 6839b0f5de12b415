import type { CloseReason } from '../../shared/flow/duplex.ts';
import type { SpliceDirection } from '../../shared/flow/splice.ts';
import type { Relay } from '../engine/relay/relay.ts';
import type { RelayEnd, RelayServer } from '../engine/relay/relayServer.ts';

/** What the command prints: lines of JSON on the standard output, or sentences. */
export interface RelayReport {
  listening(server: RelayServer): void;
  stats(server: RelayServer): void;
  closed(end: RelayEnd): void;
  failed(message: string): void;
}

type Print = (line: string) => void;

export function jsonReport(print: Print): RelayReport {
  const event = (name: string, fields: object) => print(JSON.stringify({ event: name, ...fields }));
  return {
    listening: (server) => event('listening', { address: server.address, port: server.port }),
    stats: ({ registry }) => {
      const { heldBytes, totalBytes: budgetBytes } = registry.budget;
      event('stats', { relays: registry.relays.map(statsOf), heldBytes, budgetBytes });
    },
    closed: ({ relay, reason }) => event('closed', { id: relay.id, ...wordsOf(reason), ...movedBy(relay) }),
    failed: (message) => event('failed', { reason: message }),
  };
}

export function plainReport(print: Print): RelayReport {
  return {
    listening: (server) => print(`Listening on ${server.address}. Ctrl-C ends it.`),
    stats: ({ registry }) => {
      const { relays, budget } = registry;
      print(`${relays.length} relays hold ${budget.heldBytes} of ${budget.totalBytes} bytes`);
      for (const relay of relays) print(`  ${relay.id}: ${lineOf('up', relay.up)}, ${lineOf('down', relay.down)}`);
    },
    closed: ({ relay, reason }) => {
      const { reason: word, message } = wordsOf(reason);
      print(`Relay ${relay.id} closed: ${message ?? word}. Up ${relay.up.bytes}, down ${relay.down.bytes} bytes.`);
    },
    failed: (message) => print(message),
  };
}

function statsOf(relay: Relay) {
  const { health, roundTripsMs, heartbeatMs, idleLimitMs } = relay.meter;
  const life = { health, roundTripMs: roundTripsMs.at(-1), heartbeatMs, idleLimitMs };
  return { id: relay.id, state: relay.state, ...movedBy(relay), ...life };
}

function movedBy({ up, down }: Relay) {
  return { up: directionOf(up), down: directionOf(down) };
}

function directionOf({ bytes, heldBytes, isPaused: paused, pauses, stalledMs }: SpliceDirection) {
  return { bytes, heldBytes, paused, pauses, stalledMs: Math.round(stalledMs) };
}

function wordsOf(reason: CloseReason): { reason: string; message?: string } {
  return reason.kind === 'failed'
    ? { reason: reason.error.code, message: reason.error.message }
    : { reason: reason.kind };
}

function lineOf(name: string, { bytes, heldBytes, isPaused }: SpliceDirection): string {
  return `${name} ${bytes} bytes, holds ${heldBytes}${isPaused ? ', paused' : ''}`;
}
