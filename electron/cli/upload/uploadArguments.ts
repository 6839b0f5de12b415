import { basename, resolve } from 'node:path';

import {
  type ChecksumAlgorithm,
  checksumAlgorithm,
  type UploadContent,
  uploadContent,
} from '../../../shared/model/transfer.ts';
import type { UploadRequest } from '../../../shared/model/transfer.ts';
import { byteCount } from '../byteCount.ts';
import { type ClusterOptions, parseValues, serverHelp, serverOptions, whereOf } from '../cluster/clusterArguments.ts';

export interface UploadArguments {
  readonly where: ClusterOptions;
  readonly path: string;
  readonly storage: string;
  readonly node: string | undefined;
  readonly content: UploadContent | undefined;
  readonly name: string;
  readonly checksum: UploadRequest['checksum'];
  readonly ifExists: UploadRequest['ifExists'];
  /** 0: none. */
  readonly bytesPerSecond: number;
  readonly isJson: boolean;
}

export const uploadHelp = `Usage: sluice upload FILE CLUSTER:STORAGE [options]
       sluice upload FILE STORAGE SERVER [options]

  Uploads an ISO, a container template or an image to import, and makes sure of what arrived.

  --node NAME           the node whose storage it is; needed where several have one of that name each
  --content KIND        iso, vztmpl or import; by the ending of the file's name unless given
  --name NAME           what it is to be called on the storage
  --checksum ALG[:HEX]  sha256, or another the server knows; with HEX it is that sum that is asked for. 'none': do
                        without (sha256)
  --replace             replace a file of that name; --skip-existing leaves it and is content
  --limit BYTES         bytes a second, such as 20M
  --json                print lines of JSON, as it does where there is no terminal

${serverHelp}
Exit codes: 0 it is there and was made sure of, 1 it is not, 2 the command line is wrong.
`;

const options = {
  ...serverOptions,
  node: { type: 'string' },
  content: { type: 'string' },
  name: { type: 'string' },
  checksum: { type: 'string' },
  replace: { type: 'boolean' },
  'skip-existing': { type: 'boolean' },
  limit: { type: 'string' },
} as const;

/** Reads what follows `sluice upload`. Throws an error with a sentence where it is wrong. */
export function readUploadArguments(argv: readonly string[]): UploadArguments | 'help' {
  const { values, positionals } = parseValues(argv, options);
  if (values.help) return 'help';
  const [file, target, ...extra] = positionals;
  if (file === undefined || target === undefined) throw new Error("'upload' needs a file and where it goes to.");
  if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${target}'.`);
  const { cluster, storage } = placeIn(target, values.cluster ?? values.url);
  if (values.replace && values['skip-existing'])
    throw new Error("'--replace' and '--skip-existing' exclude each other.");
  return {
    where: whereOf('upload', cluster === undefined ? values : { ...values, cluster }),
    path: resolve(file),
    storage,
    node: values.node,
    content: contentIn(values.content),
    name: values.name ?? basename(file),
    checksum: checksumIn(values.checksum ?? 'sha256'),
    ifExists: values.replace ? 'replace' : values['skip-existing'] ? 'skip' : 'ask',
    bytesPerSecond: byteCount('--limit', values.limit, 1024, 1e12) ?? 0,
    isJson: values.json === true,
  };
}

/** The last colon parts them: an address has one of its own. */
function placeIn(target: string, given: string | undefined): { cluster: string | undefined; storage: string } {
  const at = target.lastIndexOf(':');
  if (given !== undefined && at < 0) return { cluster: undefined, storage: target };
  if (given !== undefined)
    throw new Error(`'${target}' names a cluster beside --cluster or --url. Give the storage alone.`);
  if (at < 1 || at === target.length - 1)
    throw new Error(`'${target}' is not where it goes to. Write CLUSTER:STORAGE.`);
  return { cluster: target.slice(0, at), storage: target.slice(at + 1) };
}

function contentIn(text: string | undefined): UploadContent | undefined {
  if (text === undefined) return undefined;
  const known = uploadContent.safeParse(text);
  if (known.success) return known.data;
  throw new Error(`'--content' takes iso, vztmpl or import, not '${text}'.`);
}

function checksumIn(text: string): UploadRequest['checksum'] {
  if (text === 'none') return { kind: 'none' };
  const [name = '', value] = text.split(':');
  const known = checksumAlgorithm.safeParse(name);
  if (!known.success)
    throw new Error(`'--checksum' takes ${checksumAlgorithm.options.join(', ')} or none, not '${name}'.`);
  const algorithm: ChecksumAlgorithm = known.data;
  if (value === undefined) return { kind: 'compute', algorithm };
  if (!/^[0-9a-f]{32,128}$/i.test(value)) throw new Error(`'--checksum ${name}:' takes the sum in hex digits.`);
  return { kind: 'given', algorithm, value };
}
