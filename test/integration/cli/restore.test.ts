import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

import { runRestore } from '../../../electron/cli/restoreCommand.ts';
import { keyFileText } from '../../../electron/lab/pbs/labKeys.ts';
import { PbsLab } from '../../../electron/lab/pbs/pbsLab.ts';
import { sampleKey } from '../../../electron/lab/pbs/samples.ts';
import { snapshotName } from '../../../shared/codec/pbs/archiveName.ts';
import { snapshotOf, sumOf, withFolder } from '../../support/pbsBench.ts';

const IMAGE = 'drive-scsi0.img.fidx';
let lab: PbsLab;
afterEach(() => lab.close());

async function run(folder: string, id: string, more: readonly string[] = []) {
  const { ref } = snapshotOf(lab, id);
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, `${lab.apiToken.id}=${lab.apiToken.secret}\n`, { mode: 0o600 });
  const printed: string[] = [];
  const io = { out: (line: string) => printed.push(line), err: (line: string) => printed.push(line) };
  const where = ['--url', `https://${lab.address}`, '--fingerprint', lab.fingerprint, '--token-file', tokenFile];
  const what = ['--datastore', ref.datastore, '--ns', ref.namespace, '--output', join(folder, 'out')];
  const code = await runRestore([snapshotName(ref.type, id, ref.timeS), IMAGE, ...what, ...where, ...more], io);
  return { code, printed };
}

it('`sluice restore` restores, tells how far it is as JSON, and replaces nothing unasked', async () => {
  lab = await PbsLab.start({ quirks: { authDelayMs: 0 } });
  await withFolder(async (folder) => {
    const { code, printed } = await run(folder, '100', ['--json']);
    expect(code).toBe(0);
    expect(await sumOf(join(folder, 'out'))).toBe(snapshotOf(lab, '100').snapshot.archive(IMAGE)?.contentSum());
    const events = printed.map((line) => JSON.parse(line) as { event: string; doneBytes?: number });
    expect(events.at(-1)?.event).toBe('restored');
    expect(events.at(-2)).toEqual({ event: 'progress', doneBytes: 96 << 20, totalBytes: 96 << 20 });
    expect(printed.join('\n')).not.toContain(lab.apiToken.secret);
    expect((await run(folder, '100')).code).toBe(1);
    expect((await run(folder, '100', ['--force'])).code).toBe(0);
  });
});

it('`sluice restore` opens an encrypted backup with its locked key file, and leaves nothing where it fails', async () => {
  lab = await PbsLab.start({ quirks: { authDelayMs: 0 } });
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'key'), keyFileText(sampleKey, 'scrypt', 'sesame'));
    await writeFile(join(folder, 'password'), 'sesame\n');
    expect((await run(folder, '200')).code).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['key', 'password', 'token']);
    const keys = ['--key-file', join(folder, 'key'), '--key-password-file', join(folder, 'password')];
    expect((await run(folder, '200', keys)).code).toBe(0);
    expect(await sumOf(join(folder, 'out'))).toBe(snapshotOf(lab, '200').snapshot.archive(IMAGE)?.contentSum());
  });
});
