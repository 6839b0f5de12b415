import { describe, expect, it } from 'vitest';

import type { BackupSnapshot } from '../../../shared/model/backup.ts';
import type { Cluster } from '../../../shared/model/cluster.ts';
import type { PrivilegeTree } from '../../../shared/model/privileges.ts';
import { useClusters } from '../../../renderer/state/clusters.ts';
import { setPrivileges } from '../../../renderer/state/privileges.ts';
import { whyNoRead } from '../../../renderer/views/backups/backupActions.ts';
import { backupKey, type BackupNode, backupRows, type Below, type NodeOf } from '../../../renderer/state/backupRows.ts';
import { restoreSteps, suggestedName } from '../../../renderer/views/backups/restoreSteps.ts';
import { whyNoPlace } from '../../../renderer/views/backups/PlaceField.tsx';

const clusterId = 'c1';
const cluster: Cluster = { id: clusterId, name: 'vault', product: 'pbs', address: 'pbs:8007', state: 'signed-in' };
const server: NodeOf<'server'> = { kind: 'server', clusterId };
const store: BackupNode = { kind: 'store', clusterId, store: { name: 'nightly' } };
const group = (id: string): BackupNode => ({
  ...{ kind: 'group', clusterId, datastore: 'nightly', namespace: '' },
  group: { type: 'vm', id, count: 2, newestS: 1_774_000_000 },
});
const snapshot: BackupSnapshot = {
  ...{ datastore: 'nightly', namespace: '', type: 'vm', id: '100', timeS: 1_774_000_000, isProtected: true },
  files: [
    { name: 'drive-scsi0.img.fidx', sizeBytes: 1 << 30, crypt: 'encrypt' },
    { name: 'root.pxar.didx', crypt: 'none' },
  ],
};
const taken: BackupNode = { kind: 'snapshot', clusterId, snapshot };
const files = snapshot.files.map((file): BackupNode => ({ kind: 'file', clusterId, snapshot, file }));

const below = (...known: [BackupNode, Partial<Below>][]) =>
  new Map(
    known.map(([node, part]) => [backupKey(node), { nodes: undefined, isAsking: false, error: undefined, ...part }]),
  );
const all = below(
  [server, { nodes: [store] }],
  [store, { nodes: [group('100'), group('101')] }],
  [group('100'), { nodes: [taken] }],
  [taken, { nodes: files }],
);
const open = (...nodes: BackupNode[]) => new Set(nodes.map(backupKey));
const said = (query: Partial<Parameters<typeof backupRows>[1]>) =>
  backupRows([server], { below: all, expanded: new Set(), text: '', ...query }).map(
    ({ node, level, note, isExpanded }) => [level, note ?? node.kind, isExpanded].join(' '),
  );

describe('the rows of backups', () => {
  it('are those below what is open, files that cannot be looked into without a twist', () => {
    expect(said({ expanded: open(server, store, group('100'), taken) })).toEqual([
      '1 server true',
      '2 store true',
      '3 group true',
      '4 snapshot true',
      '5 file ', // encrypted: the server reads it for nobody
      '5 file false',
      '3 group false',
    ]);
  });

  it('say that something is asked for, is empty or could not be read', () => {
    const error = { code: 'forbidden' as const, message: 'no', retry: 'never' as const };
    const expanded = open(server);
    expect(said({ expanded, below: new Map() })).toEqual(['1 server true', '2 asking ']);
    expect(said({ expanded, below: below([server, { nodes: [] }]) })).toEqual(['1 server true', '2 empty ']);
    expect(said({ expanded, below: below([server, { error }]) })).toEqual(['1 server true', '2 failed ']);
  });

  it('are searched in all that was opened before: the way to what fits is open, and what is below it stays', () => {
    expect(said({ text: 'protected' })).toEqual(['1 server true', '2 store true', '3 group true', '4 snapshot false']);
    expect(said({ text: 'VM/101' })).toEqual(['1 server true', '2 store true', '3 group false']);
    expect(said({ text: 'encrypted vm/100/2026' })).toHaveLength(4);
    expect(said({ text: 'nothing like that' })).toEqual([]);
  });

  it('have keys of their own, whatever is in the names', () => {
    const odd: BackupNode = { kind: 'namespace', clusterId, datastore: 'a', namespace: 'b|c' };
    const other: BackupNode = { kind: 'namespace', clusterId, datastore: 'a|b', namespace: 'c' };
    expect(backupKey(odd)).not.toBe(backupKey(other));
    const keys = backupRows([server], { below: all, expanded: open(server, store, taken), text: '' }).map(
      ({ key }) => key,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('what a restore says before it starts', () => {
  const [image] = snapshot.files;
  const options = { way: 'pieces', path: '/tmp/x.img', ifExists: 'ask', hasKey: true } as const;

  it('names what is read, where it goes, and what is lost with a break', () => {
    if (!image) throw new Error('no file');
    const pieces = restoreSteps(snapshot, image, options).join(' ');
    expect(pieces).toMatch(/1 GiB.*vm\/100.*decrypted on this side.*costs only what was under way.*\/tmp\/x\.img/);
    const plain = restoreSteps(snapshot, image, { ...options, way: 'plain', ifExists: 'replace' }).join(' ');
    expect(plain).toMatch(/begins again from the start.*is replaced/);
  });

  it('gives the file a name of its own, and takes whole paths only', () => {
    expect(suggestedName(snapshot, 'drive-scsi0.img.fidx')).toBe('vm-100-2026-03-20-drive-scsi0.img');
    expect(whyNoPlace('/home/ada/x.img')).toBeUndefined();
    expect(whyNoPlace('C:\\Users\\ada\\x.img')).toBeUndefined();
    expect(whyNoPlace('x.img')).toMatch(/whole path/);
    expect(whyNoPlace('/home/ada/')).toMatch(/Name the file/);
  });
});

describe('taking something out of a backup', () => {
  const lacks = (tree: PrivilegeTree | undefined, part: Partial<BackupSnapshot> = {}) => {
    setPrivileges(clusterId, tree);
    return whyNoRead(clusterId, { ...snapshot, owner: 'ada@pbs', ...part });
  };

  it('is offered to who may read the datastore, and to the owner who may back up to it', () => {
    useClusters.setState({ list: [{ ...cluster, user: 'ada@pbs' }] });
    expect(lacks(undefined)).toBeUndefined(); // not known: the server says it
    expect(lacks({ '/datastore/nightly': { 'Datastore.Read': true } })).toBeUndefined();
    expect(lacks({ '/': { 'Datastore.Read': true } }, { namespace: 'a/b' })).toBeUndefined();
    expect(lacks({ '/datastore/nightly': { 'Datastore.Backup': true } })).toBeUndefined();
    expect(lacks({ '/datastore/nightly': { 'Datastore.Backup': true } }, { owner: 'bob@pbs' })).toMatch(
      /Datastore\.Read/,
    );
    expect(lacks({ '/datastore/nightly': { 'Datastore.Audit': true } }, { namespace: 'a' })).toBe(
      'needs Datastore.Read on /datastore/nightly/a',
    );
  });
});
