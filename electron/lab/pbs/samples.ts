import { imageContent, streamContent } from './content.ts';
import { LabDatastore } from './datastore.ts';
import { newKey } from './labKeys.ts';
import type { LabKey } from './formats.ts';

export const CHUNK_BYTES = 4 << 20;
const DAY_S = 86_400;
const NEWEST_S = 1_774_000_000;

/** Known to everybody: it locks nothing but samples. */
export const sampleKey: LabKey = newKey(Buffer.alloc(32, 'a key that only samples use'));

const configOf = (vmid: number): Buffer =>
  Buffer.from(
    `boot: order=scsi0\ncores: 2\nmemory: 4096\nname: guest${vmid}\nscsi0: local-lvm:vm-${vmid}-disk-0,size=32G\n`,
  );

const image = (name: string, sizeBytes: number) => ({
  name: 'drive-scsi0.img.fidx',
  kind: 'fixed' as const,
  chunkBytes: CHUNK_BYTES,
  content: imageContent({ name, sizeBytes }),
});

/** Two datastores with a few backups of everything, small enough to be looked at in a moment. */
export function sampleDatastores(): LabDatastore[] {
  const main = new LabDatastore('backups', 'Nightly backups');
  for (let night = 0; night < 5; night += 1) {
    main.add('', {
      type: 'vm',
      id: '100',
      timeS: NEWEST_S - night * DAY_S,
      owner: 'root@pam',
      comment: 'web server',
      verification: 'ok',
      isProtected: night === 4,
      compress: true,
      archives: [image('vm 100', 96 << 20), { name: 'qemu-server.conf.blob', kind: 'blob', data: configOf(100) }],
    });
  }
  main.add('', {
    type: 'ct',
    id: '104',
    timeS: NEWEST_S - 600,
    owner: 'root@pam',
    compress: true,
    archives: [
      { name: 'root.pxar.didx', kind: 'dynamic', content: streamContent('ct 104', (20 << 20) + 12_345) },
      { name: 'pct.conf.blob', kind: 'blob', data: Buffer.from('arch: amd64\nhostname: mail\nmemory: 512\n') },
    ],
  });
  main.add('secret', {
    type: 'vm',
    id: '200',
    timeS: NEWEST_S,
    owner: 'root@pam',
    key: sampleKey,
    compress: true,
    archives: [image('vm 200', (40 << 20) + 512), { name: 'qemu-server.conf.blob', kind: 'blob', data: configOf(200) }],
  });
  main.add('secret', {
    type: 'vm',
    id: '201',
    timeS: NEWEST_S,
    owner: 'root@pam',
    key: sampleKey,
    cryptMode: 'sign-only',
    compress: false,
    archives: [image('vm 201', 16 << 20)],
  });
  const other = new LabDatastore('archive');
  other.add('', {
    type: 'host',
    id: 'workstation',
    timeS: NEWEST_S - 9 * DAY_S,
    owner: 'root@pam',
    compress: false,
    verification: 'failed',
    archives: [{ name: 'home.pxar.didx', kind: 'dynamic', content: streamContent('home', 6 << 20) }],
  });
  return [main, other];
}
