export interface TaskKey {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly startS: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

/** `UPID:<node>:<pid>:<pstart>:<start>:<type>:<id>:<user>:` (PVE wire facts 6.1). */
export const formatUpid = (key: TaskKey): string =>
  `UPID:${key.node}:${hex(key.pid)}:${hex(key.pstart)}:${hex(key.startS)}:${key.type}:${key.id}:${key.user}:`;
