import { expect, it } from 'vitest';

import * as z from 'zod/mini';

import type { ClusterSession } from '../../../electron/engine/session/clusterSession.ts';
import { VolumeSizes } from '../../../electron/engine/task/volumeSizes.ts';
import { quiet } from '../../support/until.ts';

const GIB = 2 ** 30;

/** Answers as a node would; what is not listed is refused. */
function sessionOf(answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const get = async (path: string, schema: z.ZodMiniType): Promise<unknown> => {
    asked.push(path);
    if (!(path in answers)) throw new Error('403 Permission check failed');
    return z.parse(schema, answers[path]);
  };
  return { asked, session: { api: { get } } as unknown as ClusterSession };
}

const owner = { node: 'pve1', type: 'qemu', vmid: 100 } as const;
const signal = new AbortController().signal;
const config = '/nodes/pve1/qemu/100/config';

it('reads them from the configuration, and asks once', async () => {
  const { asked, session } = sessionOf({
    [config]: {
      scsi0: 'local-lvm:vm-100-disk-0,iothread=1,size=32G',
      efidisk0: 'local-lvm:vm-100-disk-1,efitype=4m,size=528K,pre-enrolled-keys=1',
      ide2: 'local:iso/debian.iso,media=cdrom,size=628M',
      memory: 4096,
      net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
    },
  });
  const sizes = new VolumeSizes(session, owner, signal);
  expect(sizes.of('local-lvm:vm-100-disk-0')).toBeUndefined(); // not yet
  sizes.of('local-lvm:vm-100-disk-1');
  await quiet();
  expect(sizes.of('local-lvm:vm-100-disk-0')).toBe(32 * GIB);
  expect(sizes.of('local-lvm:vm-100-disk-1')).toBe(528 * 1024);
  expect(asked).toEqual([config]);
});

it('asks the storage for what is no longer in the configuration', async () => {
  const content = '/nodes/pve1/storage/slow%20one/content';
  const { asked, session } = sessionOf({
    [config]: { unused0: 'slow one:vm-100-disk-7' },
    [content]: [{ volid: 'slow one:vm-100-disk-7', size: '8589934592' }],
  });
  const sizes = new VolumeSizes(session, owner, signal);
  for (let turn = 0; turn < 3; turn += 1) {
    sizes.of('slow one:vm-100-disk-7');
    await quiet();
  }
  expect(sizes.of('slow one:vm-100-disk-7')).toBe(8 * GIB);
  expect(asked).toEqual([config, content]);
});

it('says nothing without the privilege to look, and does not ask again and again', async () => {
  const { asked, session } = sessionOf({});
  const sizes = new VolumeSizes(session, owner, signal);
  for (let turn = 0; turn < 5; turn += 1) {
    expect(sizes.of('local-lvm:vm-100-disk-0')).toBeUndefined();
    await quiet();
  }
  expect(asked).toHaveLength(2);
});
