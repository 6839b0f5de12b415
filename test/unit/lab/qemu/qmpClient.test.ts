import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { QmpClient } from '../../../../electron/lab/qemu/qmpClient.ts';
import { checkLeaks } from '../../../support/leakCheck.ts';
import { until } from '../../../support/until.ts';

checkLeaks();

const greeting = '{"QMP": {"version": {}, "capabilities": []}}\r\n';
let folder: string;
let path: string;
let server: Server;
let peer: Socket | undefined;
let commands: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  path = join(folder, 'qmp');
  commands = [];
  peer = undefined;
});

afterEach(() => {
  peer?.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

/** A QEMU that answers every command with the next of `answers`, written one byte at a time. */
async function listen(answers: readonly string[], start = greeting): Promise<void> {
  const left = [...answers];
  const send = (text: string) => {
    for (const byte of Buffer.from(text)) peer?.write(Buffer.of(byte));
  };
  server = createServer((socket) => {
    peer = socket.setNoDelay(true);
    send(start);
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().trim().split('\n')) {
        commands.push(line);
        send(left.shift() ?? '');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

it('negotiates, then gives each command its answer, with events between', async () => {
  const events: string[] = [];
  await listen([
    '{"return": {}}\r\n',
    '{"event": "RESET", "data": {}}\r\n{"return": {"running": true}}\r\n',
    '{"return": 7}\r\n',
  ]);
  const qmp = await QmpClient.connect(path, (name) => events.push(name));
  const [status, seven] = await Promise.all([qmp.execute('query-status'), qmp.execute('x', { a: 1 })]);
  expect(status).toEqual({ running: true });
  expect(seven).toBe(7);
  expect(events).toEqual(['RESET']);
  expect(commands[2]).toBe('{"execute":"x","arguments":{"a":1}}');
  qmp.close();
});

it('fails a command with what QEMU says', async () => {
  await listen(['{"return": {}}\r\n', '{"error": {"class": "GenericError", "desc": "no such device"}}\r\n']);
  const qmp = await QmpClient.connect(path, () => undefined);
  await expect(qmp.execute('x')).rejects.toThrow('QEMU refused: no such device');
  qmp.close();
});

it('fails what waits, and what comes later, when QEMU goes', async () => {
  await listen(['{"return": {}}\r\n']);
  const qmp = await QmpClient.connect(path, () => undefined);
  const waiting = qmp.execute('x');
  await until(() => commands.length === 2, 'the command');
  peer?.destroy();
  await expect(waiting).rejects.toThrow('QEMU closed its control channel');
  await expect(qmp.execute('y')).rejects.toThrow('QEMU closed its control channel');
});

it('fails to connect where nobody greets', async () => {
  await listen([], '');
  const connecting = QmpClient.connect(path, () => undefined);
  await until(() => peer !== undefined, 'the connection');
  peer?.end();
  await expect(connecting).rejects.toThrow('QEMU closed its control channel');
});
