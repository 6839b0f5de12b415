/** The parts of a UPID (PVE wire facts 6.1, 9, 10). */
export interface Upid {
  /** Whose form it has: Backup Server and Datacenter Manager write one more field. */
  readonly form: 'pve' | 'pbs';
  /** The remote of a Datacenter Manager that it runs on; absent where it runs on the server that was asked. */
  readonly remote?: string;
  readonly node: string;
  readonly startedAtMs: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

const NODE = '([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)';
const NUMBERS = '([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9})';
const REST = '([0-9A-Fa-f]{8}):([^:\\s/]+):([^:\\s/]*):([^:\\s/]+):';

const ofPve = new RegExp(`^UPID:${NODE}:${NUMBERS}:${REST}$`);
const ofPbs = new RegExp(`^UPID:${NODE}:${NUMBERS}:[0-9A-Fa-f]{8,16}:${REST}$`);
const ofRemote = /^(?:(?:pve|pbs):)?([A-Za-z0-9_][A-Za-z0-9_.-]*)!(UPID:.*)$/;

const ofReplication = new RegExp(`^REPLICATION:${NODE}:([1-9]\\d*-\\d+):([0-9A-Fa-f]{8,9}):$`);

/**
 * What we call one run of a replication job, which has no UPID: its node, its job (`100-0`), and when it began, in
 * seconds (PVE wire facts 6.4 i).
 */
export const replicationRun = (node: string, job: string, startS: number): string =>
  `REPLICATION:${node}:${job}:${Math.floor(startS).toString(16).toUpperCase().padStart(8, '0')}:`;

export const isReplicationRun = (text: string): boolean => ofReplication.test(text);

/** Undefined where the text is no UPID of any of the three products, and no run of a replication. */
export function parseUpid(text: string): Upid | undefined {
  const run = ofReplication.exec(text);
  if (run) {
    const [, node = '', id = '', start = '0'] = run;
    return { form: 'pve', node, startedAtMs: Number.parseInt(start, 16) * 1000, type: 'replication', id, user: '' };
  }
  const remote = ofRemote.exec(text);
  if (remote) {
    const parsed = parseUpid(remote[2] ?? '');
    return parsed && { ...parsed, remote: remote[1] ?? '' };
  }
  const form = ofPve.test(text) ? 'pve' : 'pbs';
  const match = (form === 'pve' ? ofPve : ofPbs).exec(text);
  if (!match) return undefined;
  const [, node = '', , , start = '0', type = '', id = '', user = ''] = match;
  const startedAtMs = Number.parseInt(start, 16) * 1000;
  return { form, node, startedAtMs, type, id: form === 'pve' ? id : unescapeUnit(id), user };
}

/** As systemd writes names: `\x3a` is a colon, and a dash stands for a slash. */
function unescapeUnit(text: string): string {
  return text
    .replaceAll('-', '/')
    .replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The guest a task is about, where its id is one. */
export function vmidOf(id: string | undefined): number | undefined {
  return id !== undefined && /^[1-9]\d{2,8}$/.test(id) ? Number(id) : undefined;
}

/** Types of Backup Server whose job stands in the ID behind the datastore. */
const jobs = new Set(['verificationjob', 'prunejob', 'garbage_collection', 'verify', 'prune']);

/**
 * What a task of a Backup Server is about, for people: `vm/100 in main`, `main from offsite`. Undefined where its ID
 * says nothing.
 */
export function subjectOf(type: string, id: string): string | undefined {
  if (id === '') return undefined;
  const parts = id.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (type === 'syncjob' && parts.length >= 4) return first === '-' ? third : `${third} from ${first}`;
  if (jobs.has(type) || parts.length === 1) return first;
  // `store:ns:vm/100/65E19B14`: the time of the snapshot is in its log.
  const group = /\b(vm|ct|host)\/([^/:]+)/.exec(id);
  return group ? `${group[1]}/${group[2]} in ${first}` : `${second} in ${first}`;
}
