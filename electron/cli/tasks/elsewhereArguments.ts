import type { RemoteMigrationRequest } from '../../../shared/model/transfer.ts';
import { type ClusterOptions, whereOf } from '../cluster/clusterArguments.ts';

type MapEntry = RemoteMigrationRequest['storages'][number];

/** What a migration to another cluster is told beside its guest. */
export interface Elsewhere {
  readonly target: ClusterOptions;
  readonly storages: readonly MapEntry[];
  /** Empty: those of the same names. */
  readonly bridges: readonly MapEntry[];
  readonly vmid: number | undefined;
  readonly deletesSource: boolean;
  /** This machine carries the connections. `host` is how the source's nodes reach it. */
  readonly through:
    | { readonly host: string; readonly port: number; readonly listenHost: string; readonly allowedFrom: string[] }
    | undefined;
}

export const elsewhereHelp = `To another cluster, which is named as CLUSTER:STORAGE (its disks go to that storage):
  --storage-map FROM=TO    for disks of one storage, as often as there are some
  --target-bridge NAME     its networks' bridge there; those of the same names unless given
  --bridge-map FROM=TO     for networks of one bridge
  --target-vmid N          its number there; the same where it is free
  --delete-source          remove it here when it is over there; else it stays, stopped
  --through HOST[:PORT]    this machine carries the connections; HOST is how the source's nodes reach it
  --listen HOST            the address to listen on then (all); --allow-from ADDR who may connect (the source's nodes)
  --target-url, --target-fingerprint, --target-ca-file, --target-user, --target-password-file, --target-token-file
                           the target where the app's list has none of that name: STORAGE stands alone then
  A token is made for it and removed afterwards, unless the target is signed in to with one. It is followed to its end;
  Ctrl-C stops it, and the guest stays where it was.
`;

export const elsewhereOptions = {
  'target-url': { type: 'string' },
  'target-fingerprint': { type: 'string' },
  'target-ca-file': { type: 'string' },
  'target-user': { type: 'string' },
  'target-password-file': { type: 'string' },
  'target-token-file': { type: 'string' },
  'storage-map': { type: 'string', multiple: true },
  'bridge-map': { type: 'string', multiple: true },
  'target-bridge': { type: 'string' },
  'target-vmid': { type: 'string' },
  'delete-source': { type: 'boolean' },
  through: { type: 'string' },
  listen: { type: 'string' },
  'allow-from': { type: 'string', multiple: true },
} as const;

type Text = string | undefined;
interface Values {
  readonly 'target-url'?: Text;
  readonly 'target-fingerprint'?: Text;
  readonly 'target-ca-file'?: Text;
  readonly 'target-user'?: Text;
  readonly 'target-password-file'?: Text;
  readonly 'target-token-file'?: Text;
  readonly 'storage-map'?: string[] | undefined;
  readonly 'bridge-map'?: string[] | undefined;
  readonly 'target-bridge'?: Text;
  readonly 'target-vmid'?: Text;
  readonly 'delete-source'?: boolean | undefined;
  readonly through?: Text;
  readonly listen?: Text;
  readonly 'allow-from'?: string[] | undefined;
  readonly 'data-dir'?: Text;
}

/** Undefined where the target is a node of the same cluster. */
export function readElsewhere(target: string, values: Values): Elsewhere | undefined {
  const url = values['target-url'];
  const at = target.lastIndexOf(':');
  if (url === undefined && at < 0) return undefined;
  if (url !== undefined && at >= 0)
    throw new Error(`'${target}' names a cluster beside --target-url. Give the storage alone.`);
  const [cluster, storage] = url === undefined ? [target.slice(0, at), target.slice(at + 1)] : [undefined, target];
  if (cluster === '' || storage === '')
    throw new Error(`'${target}' is not where it goes to. Write a node, or CLUSTER:STORAGE.`);
  return {
    target: targetOf(cluster, values),
    storages: [...mapOf('--storage-map', values['storage-map']), { from: '*', to: storage }],
    bridges: [
      ...mapOf('--bridge-map', values['bridge-map']),
      ...(values['target-bridge'] === undefined ? [] : [{ from: '*', to: values['target-bridge'] }]),
    ],
    vmid: vmidOf(values['target-vmid']),
    deletesSource: values['delete-source'] === true,
    through: throughOf(values),
  };
}

function targetOf(cluster: string | undefined, values: Values): ClusterOptions {
  const given = Object.entries(values).flatMap(([name, value]) => {
    const own =
      name === 'data-dir' ? name : /^target-(url|fingerprint|ca-file|user|password-file|token-file)$/.exec(name)?.[1];
    return own !== undefined && typeof value === 'string' ? [[own, value] as const] : [];
  });
  return whereOf('migrate', { ...Object.fromEntries(given), ...(cluster !== undefined && { cluster }) });
}

function mapOf(option: string, entries: readonly string[] = []): MapEntry[] {
  return entries.map((entry) => {
    const [from = '', to = '', more] = entry.split('=');
    if (from === '' || to === '' || more !== undefined) throw new Error(`'${option}' takes FROM=TO, not '${entry}'.`);
    return { from, to };
  });
}

function vmidOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{2,8}$/.test(text)) return Number(text);
  throw new Error(`'--target-vmid' takes a number from 100 on, not '${text}'.`);
}

function throughOf(values: Values): Elsewhere['through'] {
  const { through, listen, 'allow-from': allowedFrom = [] } = values;
  if (through === undefined) {
    if (listen === undefined && allowedFrom.length === 0) return undefined;
    throw new Error("'--listen' and '--allow-from' go with '--through'.");
  }
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(through);
  const port = Number(match?.[2] ?? 0);
  if (!match || port > 65_535) throw new Error(`'--through' takes HOST or HOST:PORT, not '${through}'.`);
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { host, port, listenHost: listen ?? (host.includes(':') ? '::' : '0.0.0.0'), allowedFrom: [...allowedFrom] };
}
