import type { Clock } from '../../../shared/base/clock.ts';
import type { LabCluster } from '../cluster/cluster.ts';
import type { GuestKind, LabDisk, LabGuest } from '../cluster/model.ts';

interface Place {
  readonly node: string;
  readonly type: GuestKind;
  readonly vmid: number;
}

interface Handled {
  readonly reply: Readonly<Record<string, unknown>>;
  /** Sockets that the source may connect to from now on. */
  readonly sockets: readonly string[];
}

const done: Handled = { reply: {}, sockets: [] };

/** A guest that arrives from another cluster: made empty, filled by commands, and gone again unless all went well. */
export class IncomingGuest {
  readonly #cluster: LabCluster;
  readonly #guest: LabGuest;
  #isWhole = false;
  isQuit = false;
  onCommand: (cmd: string) => void = () => undefined;

  constructor(cluster: LabCluster, { node, type, vmid }: Place, clock: Clock) {
    this.#cluster = cluster;
    this.#guest = {
      ...{ vmid, type, node, name: `VM ${vmid}`, status: 'stopped', qmpstatus: 'stopped', lock: 'migrate' },
      ...{ isTemplate: false, tags: [], pool: undefined, cores: 1, memoryBytes: 512 << 20, disks: [], vga: 'std' },
      ...{ hasSerial: type === 'qemu', hasAgent: false, startedAtMs: clock.wallMs(), load: 0.1, backend: 'embedded' },
      description: '',
    };
    cluster.guests.set(vmid, this.#guest);
    cluster.touch();
  }

  handle(request: Readonly<Record<string, unknown>>): Handled {
    const cmd = String(request['cmd']);
    this.onCommand(cmd);
    switch (cmd) {
      case 'version':
        return { reply: { api: 2, age: 0 }, sockets: [] };
      case 'bwlimit':
        return { reply: { bwlimit: request['bwlimit'] ?? 0 }, sockets: [] };
      case 'disk':
      case 'disk-import':
        return this.#addDisk(request);
      case 'config':
        return this.#configure(String(request['conf']));
      case 'start':
        return this.#start(Number(request['nbd'] ?? 0));
      case 'quit':
        return this.#quit(request['cleanup'] === 1);
      case 'nbdstop':
      case 'resume':
      case 'unlock':
      case 'stop':
      case 'fstrim':
        return this.#settle(cmd);
      default:
        throw new Error(`unknown command '${cmd}'`);
    }
  }

  /** Gives the volumes that were freed. */
  cleanUp(): string[] {
    if (this.#isWhole) return [];
    this.#cluster.guests.delete(this.#guest.vmid);
    this.#cluster.touch();
    return this.#guest.disks.map(({ storage, volume }) => `${storage}:${volume}`);
  }

  #addDisk(request: Readonly<Record<string, unknown>>): Handled {
    const storage = this.#cluster.storage(String(request['storage']));
    const { vmid, type, disks } = this.#guest;
    const kind = type === 'qemu' ? 'images' : 'rootdir';
    if (!storage.content.split(',').includes(kind))
      throw new Error(`storage '${storage.storage}' does not support '${kind}'`);
    const volume = `vm-${vmid}-disk-${disks.length}`;
    const disk: LabDisk = {
      key: String(request['drive']),
      storage: storage.storage,
      volume,
      sizeBytes: Number(request['size']),
    };
    disks.push(disk);
    const volid = `${disk.storage}:${volume}`;
    if (request['cmd'] === 'disk') return { reply: { volid, drivestr: volid }, sockets: [] };
    const socket = `/run/${type === 'qemu' ? 'qemu-server' : 'lxc'}/${vmid}.storage`;
    return { reply: { socket, format: 'raw+size', volid }, sockets: [socket] };
  }

  #configure(conf: string): Handled {
    const values = new Map(conf.split('\n').map((line) => line.split(': ') as [string, string]));
    const guest = this.#guest;
    guest.name = values.get('name') ?? values.get('hostname') ?? guest.name;
    guest.cores = Number(values.get('cores') ?? 1);
    guest.memoryBytes = Number(values.get('memory') ?? 512) * 2 ** 20;
    guest.tags = (values.get('tags') ?? '').split(';').filter(Boolean);
    this.#cluster.touch();
    return done;
  }

  #start(nbd: number): Handled {
    const { vmid, type } = this.#guest;
    this.#guest.status = 'running';
    this.#guest.qmpstatus = 'prelaunch';
    this.#cluster.touch();
    if (type === 'lxc') return done;
    const addr = `/run/qemu-server/${vmid}.migrate`;
    const sockets = nbd > 0 ? [addr, `/run/qemu-server/${vmid}_nbd.migrate`] : [addr];
    return { reply: { migrate: { proto: 'unix', addr, unix_sockets: sockets } }, sockets };
  }

  #settle(cmd: string): Handled {
    if (cmd === 'resume') this.#guest.qmpstatus = 'running';
    if (cmd === 'unlock') this.#guest.lock = undefined;
    this.#cluster.touch();
    return done;
  }

  #quit(isCleaned: boolean): Handled {
    this.isQuit = true;
    this.#isWhole = !isCleaned && this.#guest.lock === undefined;
    return done;
  }
}
