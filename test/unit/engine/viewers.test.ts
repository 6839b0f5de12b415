import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ownerOf } from '../../../electron/engine/net/peerOwner.ts';
import { findViewers } from '../../../electron/engine/viewer/findViewers.ts';
import { PrivateFile } from '../../../electron/engine/viewer/privateFile.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(path: string, mode = 0o755): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), '#!/bin/sh\n');
  chmodSync(join(folder, path), mode);
  return join(folder, path);
}

const names = (platform: string, env: Record<string, string>) =>
  findViewers({ platform, env }).map(({ program: { name }, path }) => [name, path]);

describe('the viewers of a machine', () => {
  it('are found on the path, the better ones first, and told apart by what a link leads to', () => {
    const remote = program('a/remote-viewer');
    const tiger = program('b/xtigervncviewer');
    symlinkSync(tiger, join(folder, 'a/vncviewer'));
    const found = names('linux', { PATH: `${folder}/a:relative::${folder}/b` });
    expect(found).toEqual([
      ['TigerVNC Viewer', tiger],
      ['Remote Viewer', remote],
    ]);
  });

  it('take a vncviewer that is nobody else’s for RealVNC’s', () => {
    const real = program('bin/vncviewer');
    expect(names('linux', { PATH: `${folder}/bin` })).toEqual([['RealVNC Viewer', real]]);
  });

  it('are no folders, and no files that may not be run', () => {
    mkdirSync(join(folder, 'bin/remote-viewer'), { recursive: true });
    program('bin/xtigervncviewer', 0o644);
    expect(names('linux', { PATH: `${folder}/bin` })).toEqual([]);
  });

  it('are none on a system we know nothing of, or without a path', () => {
    program('bin/remote-viewer');
    expect(names('sunos', { PATH: `${folder}/bin` })).toEqual([]);
    expect(names('linux', {})).toEqual([]);
  });
});

describe('a private file', () => {
  it('is readable for this user only, in a folder of its own, and gone without a trace', () => {
    const file = new PrivateFile('console.vv', 'secret');
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect([mode(file.path), mode(join(file.path, '..'))]).toEqual([0o600, 0o700]);
    file.dispose();
    file.dispose();
    expect(() => statSync(join(file.path, '..'))).toThrow('ENOENT');
  });
});

describe('the owner of a loopback connection', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0
   1: 0100007F:D431 0100007F:0050 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0
   2: 0100007F:0050 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0
`;

  it('is the one of the other end, and unknown for a connection that is not there', () => {
    expect(ownerOf(table, 0xd431, 0x50)).toBe(1000);
    expect(ownerOf(table, 0x50, 0xd431)).toBe(0);
    expect(ownerOf(table, 1, 2)).toBeUndefined();
  });
});
