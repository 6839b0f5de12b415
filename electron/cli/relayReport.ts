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
      print(
        `${relays.length === 1 ? '1 relay holds' : `${relays.length} relays hold`} ${budget.heldBytes} of ${budget.totalBytes} bytes`,
      );
      for (const relay of relays) print(`  ${relay.id}: ${lineOfRelay(relay)}`);
    },
    closed: ({ relay, reason }) => {
      const { reason: word, message } = wordsOf(reason);
      print(`Relay ${relay.id} closed: ${message ?? `${word}.`} Up ${relay.up.bytes}, down ${relay.down.bytes} bytes.`);
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

function lineOfRelay({ state, up, down, meter }: Relay): string {
  const { health, roundTripsMs, idleLimitMs } = meter;
  const roundTripMs = roundTripsMs.at(-1);
  const parts = [
    state === 'open' ? health : state,
    lineOf('up', up),
    lineOf('down', down),
    ...(roundTripMs === undefined ? [] : [`round trip ${Math.round(roundTripMs)} ms`]),
    ...(idleLimitMs === undefined ? [] : [`cut after ${(idleLimitMs / 1000).toFixed(1)} s of silence before`]),
  ];
  return parts.join(', ');
}

function lineOf(name: string, { bytes, heldBytes, isPaused, pauses, stalledMs }: SpliceDirection): string {
  const waited = pauses === 0 ? '' : `, waited ${pauses} times for ${(stalledMs / 1000).toFixed(1)} s`;
  return `${name} ${bytes} bytes, holds ${heldBytes}${isPaused ? ', paused' : ''}${waited}`;
}
