import { LabSnapshot, type SnapshotPlan } from './snapshots.ts';

/** A namespace of a datastore; the root's name is empty. */
export interface LabNamespace {
  readonly name: string;
  readonly snapshots: LabSnapshot[];
}

export interface SnapshotKey {
  readonly ns: string;
  readonly type: string;
  readonly id: string;
  readonly timeS: number;
}

/** Where backups lie. */
export class LabDatastore {
  readonly name: string;
  readonly comment: string | undefined;
  readonly namespaces: LabNamespace[] = [{ name: '', snapshots: [] }];

  constructor(name: string, comment?: string) {
    this.name = name;
    this.comment = comment;
  }

  add(ns: string, plan: SnapshotPlan): LabSnapshot {
    let found = this.namespace(ns);
    if (!found) {
      found = { name: ns, snapshots: [] };
      this.namespaces.push(found);
    }
    const snapshot = new LabSnapshot(plan);
    found.snapshots.push(snapshot);
    return snapshot;
  }

  namespace(name: string): LabNamespace | undefined {
    return this.namespaces.find((one) => one.name === name);
  }

  find(key: SnapshotKey): LabSnapshot | undefined {
    return this.namespace(key.ns)?.snapshots.find(
      ({ plan }) => plan.type === key.type && plan.id === key.id && plan.timeS === key.timeS,
    );
  }
}
