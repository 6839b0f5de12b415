import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { ArchivePlan } from '../../electron/lab/pbs/snapshots.ts';
import { imageContent } from '../../electron/lab/pbs/content.ts';
import { LabDatastore } from '../../electron/lab/pbs/datastore.ts';
import { PbsLab } from '../../electron/lab/pbs/pbsLab.ts';
import { snapshotName } from '../../shared/codec/pbs/archiveName.ts';

const IMAGE = 'drive-scsi0.img.fidx';
const LOOK_MS = 50;
const TIME_S = 1_774_000_000;

/** A Backup Server with one image of that size, a fifth of it holes and nearly a third text. */
export async function startImageLab(sizeBytes: number, resets: { afterBytes: number; times: number }) {
  const store = new LabDatastore('big');
  const content = imageContent({ name: 'big', sizeBytes, holesOfTen: 2, textOfTen: 3 });
  const archives: ArchivePlan[] = [{ name: IMAGE, kind: 'fixed', chunkBytes: 4 << 20, content }];
  const snapshot = store.add('', { type: 'vm', id: '900', timeS: TIME_S, owner: 'root@pam', compress: true, archives });
  const lab = await PbsLab.start({ datastores: [store], quirks: { authDelayMs: 0, resets: { ...resets } } });
  await snapshot.manifest(); // it is made of all chunks, which is not the restore's time
  return { lab, sum: () => snapshot.archive(IMAGE)?.contentSum() };
}

export interface RestoredByChild {
  readonly code: number | null;
  /** Most resident memory of the whole process, as the kernel counted it (VmHWM). */
  readonly peakBytes: number;
  /** Of the end; 0 where it never came. */
  readonly connections: number;
  readonly reconnects: number;
  readonly output: string;
}

/** `sluice restore` of that image by a process of its own, watched from outside. Linux. */
export async function restoreByChild(lab: PbsLab, cli: string, folder: string): Promise<RestoredByChild> {
  const token = join(folder, 'token');
  const output = join(folder, 'restored');
  await writeFile(token, `${lab.apiToken.id}=${lab.apiToken.secret}\n`, { mode: 0o600 });
  const where = ['--url', `https://${lab.address}`, '--fingerprint', lab.fingerprint, '--token-file', token];
  const what = [snapshotName('vm', '900', TIME_S), IMAGE, '--datastore', 'big', '--output', output, '--json'];
  const child = spawn(process.execPath, [cli, 'restore', ...what, ...where], { stdio: ['ignore', 'pipe', 'inherit'] });
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  let peakBytes = 0;
  const look = () => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0));
  };
  const watch = setInterval(look, LOOK_MS);
  let connections = 0;
  let reconnects = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    look(); // the last line comes before the process is gone
    const event = JSON.parse(line) as { event: string; connections?: number };
    if (event.event === 'reconnecting') reconnects += 1;
    connections = event.connections ?? connections;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  process.off('exit', killNow);
  return { code, peakBytes, connections, reconnects, output };
}

/** It only ever grows. 0 where the process is over. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
