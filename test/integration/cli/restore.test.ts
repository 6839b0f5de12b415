import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runCluster } from '../../../electron/cli/cluster/runCluster.ts';
import { runPbs } from '../../../electron/cli/pbs/listCommand.ts';
import { runRestore } from '../../../electron/cli/pbs/restoreCommand.ts';
import { keyFileText } from '../../../electron/lab/pbs/labKeys.ts';
import { PbsLab } from '../../../electron/lab/pbs/pbsLab.ts';
import { sampleKey } from '../../../electron/lab/pbs/samples.ts';
import { snapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { snapshotOf, sumOf, withFolder } from '../../support/pbsBench.ts';

checkLeaks();

const IMAGE = 'drive-scsi0.img.fidx';
const keyTexts = (['base64', 'hex'] as const).map((form) => Buffer.from(sampleKey.secret).toString(form));
let lab: PbsLab;
beforeEach(async () => {
  lab = await PbsLab.start({ quirks: { authDelayMs: 0 } });
});
afterEach(() => lab.close());

/** What the command lines name. */
async function files(folder: string) {
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const url = ['--url', `https://${lab.address}`];
  return {
    token: ['--token-file', await write('token', `${lab.apiToken.id}:${lab.apiToken.secret}\n`)],
    password: ['--user', 'root@pam', '--password-file', await write('secret', `${lab.password}\n`)],
    byFingerprint: [...url, '--fingerprint', lab.fingerprint],
    byAuthority: [...url, '--ca-file', await write('ca', lab.caPem)],
    data: ['--data-dir', join(folder, 'data')],
  };
}

type Runner = (argv: string[], io: { out(line: string): void; err(line: string): void }) => Promise<number>;

async function ran(runner: Runner, argv: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runner([...argv], { out: (line) => out.push(line), err: (line) => err.push(line) });
  const secrets = [lab.apiToken.secret, lab.password, 'sesame', ...keyTexts];
  for (const secret of secrets) expect([...out, ...err].join('\n')).not.toContain(secret);
  return { code, out, err };
}

function restoring(folder: string, id: string, archive = IMAGE): string[] {
  const { ref } = snapshotOf(lab, id);
  const place = ['--datastore', ref.datastore, '--ns', ref.namespace, '--output', join(folder, 'out')];
  return [snapshotName(ref.type, id, ref.timeS), archive, ...place];
}

const sumIn = (id: string, archive = IMAGE) => snapshotOf(lab, id).snapshot.archive(archive)?.contentSum();

describe('sluice restore', () => {
  it('restores, tells how far it is as JSON, and replaces nothing unasked', async () => {
    await withFolder(async (folder) => {
      const { byFingerprint, token } = await files(folder);
      const argv = [...restoring(folder, '100'), ...byFingerprint, ...token];
      const { code, out } = await ran(runRestore, [...argv, '--json']);
      expect(code).toBe(0);
      expect(await sumOf(join(folder, 'out'))).toBe(sumIn('100'));
      const events = out.map((line) => JSON.parse(line) as { event: string; doneBytes?: number });
      expect(events.at(-1)?.event).toBe('restored');
      expect(events.at(-2)).toEqual({ event: 'progress', doneBytes: 96 << 20, totalBytes: 96 << 20 });
      expect((await ran(runRestore, argv)).code).toBe(1);
      expect((await ran(runRestore, [...argv, '--force'])).code).toBe(0);
    });
  });

  it('opens an encrypted backup with its locked key file, and leaves nothing where it fails', async () => {
    await withFolder(async (folder) => {
      const { byFingerprint, token } = await files(folder);
      const argv = [...restoring(folder, '200'), ...byFingerprint, ...token];
      await writeFile(join(folder, 'key'), keyFileText(sampleKey, 'scrypt', 'sesame'));
      await writeFile(join(folder, 'password'), 'sesame\n');
      await writeFile(join(folder, 'wrong'), 'sesam\n');
      const key = ['--key-file', join(folder, 'key')];
      const before = (await readdir(folder)).sort();
      expect((await ran(runRestore, argv)).code).toBe(1);
      lab.requests.length = 0;
      expect((await ran(runRestore, [...argv, ...key])).code).toBe(1);
      expect((await ran(runRestore, [...argv, ...key, '--key-password-file', join(folder, 'wrong')])).code).toBe(1);
      expect(lab.requests).toEqual([]); // found out without the server
      expect((await readdir(folder)).sort()).toEqual(before);
      const opened = [...argv, ...key, '--key-password-file', join(folder, 'password')];
      expect((await ran(runRestore, opened)).code).toBe(0);
      expect(await sumOf(join(folder, 'out'))).toBe(sumIn('200'));
    });
  });

  it('signs in with a password, trusts by an authority, and takes a server from the list of the app', async () => {
    await withFolder(async (folder) => {
      const { byAuthority, byFingerprint, password, data } = await files(folder);
      const argv = restoring(folder, '100', 'qemu-server.conf.blob');
      const check = async (where: readonly string[]) => {
        expect((await ran(runRestore, [...argv, '--force', ...where])).code).toBe(0);
        expect(await sumOf(join(folder, 'out'))).toBe(sumIn('100', 'qemu-server.conf.blob'));
        expect(lab.tasks.at(-1)?.user).toBe('root@pam');
      };
      await check([...byAuthority, ...password]);
      const login = ['login', ...byFingerprint, ...password, ...data];
      expect((await ran(runCluster, login)).code).toBe(0);
      const [, , , secret = ''] = password;
      await check(['--cluster', '127.0.0.1', '--password-file', secret, ...data]);
      expect(lab.tasks).toHaveLength(2);
    });
  });

  it('signs in again where the sign-in ended in the middle, and keeps what it has', async () => {
    await withFolder(async (folder) => {
      const { byFingerprint, password } = await files(folder);
      lab.quirks.resets = { afterBytes: 16 << 20, times: 1 };
      let isEnded = false;
      const argv = [...restoring(folder, '100'), ...byFingerprint, ...password, '--json'];
      const events: string[] = [];
      const take = (line: string) => {
        events.push((JSON.parse(line) as { event: string }).event);
        if (events.at(-1) === 'reconnecting' && !isEnded) {
          isEnded = true;
          lab.invalidateTickets();
        }
      };
      expect(await runRestore(argv, { out: take, err: () => {} })).toBe(0);
      expect(isEnded).toBe(true);
      expect(await sumOf(join(folder, 'out'))).toBe(sumIn('100'));
      const asked = lab.meters.flatMap(({ chunks }) => chunks);
      expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(4);
    });
  });

  it('is refused with a sentence for a wrong password and another certificate', async () => {
    await withFolder(async (folder) => {
      const { byFingerprint, password } = await files(folder);
      await writeFile(join(folder, 'secret'), 'wrong\n');
      const argv = restoring(folder, '100');
      expect((await ran(runRestore, [...argv, ...byFingerprint, ...password])).code).toBe(1);
      const other = ['--url', `https://${lab.address}`, '--fingerprint', 'AB'.repeat(32)];
      lab.requests.length = 0;
      expect((await ran(runRestore, [...argv, ...other, ...password])).code).toBe(1);
      expect(lab.requests).toEqual([]);
    });
  });

  it.each([
    [['vm/100'], /needs a snapshot and one/],
    [['vm/100', IMAGE, '--datastore', 'a', '--output', 'b', '--url', 'https://c'], /no snapshot/],
    [['vm/100/2026-03-01T10:15:00Z', IMAGE, '--url', 'https://c'], /needs --datastore and --output/],
    [['vm/100/2026-03-01T10:15:00Z', IMAGE, '--datastore', 'a', '--output', 'b'], /needs --cluster or --url/],
    [['vm/1/2026-03-01T10:15:00Z', 'x', '--datastore', 'a', '--output', 'b', '--key-password-file', 'f'], /--key-file/],
    [['vm/1/2026-03-01T10:15:00Z', 'x', '--datastore', 'a', '--output', 'b', '--password', 'f'], /Unknown option/],
  ])('says what is wrong with %j', async (argv, words) => {
    const { code, err } = await ran(runRestore, argv);
    expect(code).toBe(2);
    expect(err.join('')).toMatch(words);
  });
});

describe('sluice pbs list', () => {
  it('lists datastores, snapshots and archives as tables', async () => {
    await withFolder(async (folder) => {
      const { byFingerprint, token } = await files(folder);
      const listed = async (...what: string[]) => {
        const { code, out } = await ran(runPbs, ['list', ...what, ...byFingerprint, ...token]);
        expect(code).toBe(0);
        return out;
      };
      expect(await listed()).toEqual(['archive  256 GiB of 1.0 TiB', 'backups  256 GiB of 1.0 TiB  Nightly backups']);
      const { ref } = snapshotOf(lab, '100');
      const name = snapshotName('vm', '100', ref.timeS);
      const all = await listed('backups');
      expect(all).toHaveLength(8);
      expect(all[1]).toMatch(new RegExp(`^${name} +/ +96 MiB +root@pam +verified ok +web server$`));
      expect(all.filter((line) => / secret .*encrypted/.test(line))).toHaveLength(1);
      expect(await listed('backups', '--ns', 'secret')).toHaveLength(2);
      expect(await listed('backups', 'vm/100')).toHaveLength(5);
      const archives = await listed('backups', name);
      expect(archives.map((line) => line.split(' ')[0])).toEqual([IMAGE, 'qemu-server.conf.blob', 'index.json.blob']);
    });
  });

  it('prints one line of JSON, with the names that restore takes', async () => {
    await withFolder(async (folder) => {
      const { byAuthority, password } = await files(folder);
      const argv = ['list', 'backups', 'vm/200', ...byAuthority, ...password, '--json'];
      const { code, out } = await ran(runPbs, argv);
      expect(code).toBe(0);
      expect(out).toHaveLength(1);
      const { ref } = snapshotOf(lab, '200');
      const name = snapshotName('vm', '200', ref.timeS);
      expect(JSON.parse(out[0] ?? '')).toMatchObject([
        {
          snapshot: name,
          datastore: 'backups',
          namespace: 'secret',
          files: [{ name: IMAGE, crypt: 'encrypt' }, {}, {}],
        },
      ]);
    });
  });

  it('says what is not there, and what is wrong with a command line', async () => {
    await withFolder(async (folder) => {
      const { byFingerprint, token } = await files(folder);
      const code = async (...what: string[]) => (await ran(runPbs, [...what, ...byFingerprint, ...token])).code;
      expect(await code('list', 'nowhere')).toBe(1);
      expect(await code('list', 'backups', 'vm/100/2020-01-01T00:00:00Z')).toBe(1);
      expect(await code('list', 'backups', 'vm/999')).toBe(0);
      expect(await code('list', 'backups', '100')).toBe(2);
      expect(await code('list', '--ns', 'secret')).toBe(2);
      expect(await code('prune')).toBe(2);
    });
  });
});
