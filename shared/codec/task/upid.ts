/** The parts of a UPID (PVE wire facts 6.1). */
export interface Upid {
  readonly node: string;
  readonly startedAtMs: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

const pattern =
  /^UPID:([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+):$/;

/** Undefined where the text is no UPID of Proxmox VE. */
export function parseUpid(text: string): Upid | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, node = '', , , start = '0', type = '', id = '', user = ''] = match;
  return { node, startedAtMs: Number.parseInt(start, 16) * 1000, type, id, user };
}

/** The guest a task is about, where its id is one. */
export function vmidOf(id: string | undefined): number | undefined {
  return id !== undefined && /^[1-9]\d{2,8}$/.test(id) ? Number(id) : undefined;
}
